"""What mypy says about calls of the generated client. Each line with `# no:` must be an error."""

from collections.abc import Coroutine
from typing import Any

from procedures.client import AsyncClient, Client
from procedures.records.enrollment import BulkCreate, Enrollment, EnrollmentPage
from procedures.records.event import Event
from rpc import Tracked
from rpc.client import Result


def waits(client: Client) -> Enrollment:
    made: Enrollment = client.enrollment.enroll(course_id="crs_open", role="student")
    page: EnrollmentPage = client.enrollment.list(status=["active"])
    client.enrollment.bulk(items=[BulkCreate(course_id="crs_open")])
    client.enrollment.update(id=made.id, end_at=None)
    client.enrollment.enroll(course="crs_open")  # no: course
    client.enrollment.enroll(course_id=3)  # no: course_id
    client.enrollment.enroll(course_id="crs_open", role="pupil")  # no: role
    client.enrollment.enrol(course_id="crs_open")  # no: enrol
    client.enrollment.list().total.upper()  # no: upper
    client.enrollments.list()  # no: enrollments
    client.auth.me("usr_lou")  # no: arguments
    client.course.get()  # no: course_id
    client.keyed("import 17").enrollment.enroll(course_id=page.items[0].course_id)
    return made


def listens(client: Client) -> list[Event]:
    events: list[Tracked[Event]] = [*client.enrollment.on_change(course_id="crs_open")]
    numbers: list[int] = [*client.enrollment.on_change()]  # no: list
    print(numbers)
    return [event.data for event in events]


def gathers(client: Client) -> str:
    with client.batch() as batch:
        one: Result[Enrollment] = batch.enrollment.enroll(course_id="crs_open")
        batch.enrollment.enroll(course=one)  # no: course
        batch.enrollment.on_change()  # no: Gather
    print(one.value.nothing)  # no: nothing
    return one.value.status


async def awaits(client: AsyncClient) -> Enrollment:
    coming: Coroutine[Any, Any, Enrollment] = client.enrollment.enroll(course_id="crs_open")
    print(client.enrollment.get(id="enr_1").status)  # no: status
    async for event in client.enrollment.on_change():
        print(event.id, event.data.kind)
    async with client.batch(key="import 18") as batch:
        me = batch.auth.me()
    print(me.value.user_id)
    return await coming


def options() -> Client:
    Client("https://host/rpc", token="t", timeout=3, retries=9)  # no: retries
    return Client("https://host/rpc", token="t", timeout=3)
