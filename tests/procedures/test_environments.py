"""One build for development, staging and production; what differs is a setting."""

import pytest
from world import serving


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
async def test_each_environment_answers_alike_and_says_which_it_is(database: str, environment: str):
    # S1-05
    async with serving(database, environment=environment) as world:
        lou = world.person("usr_lou")
        assert (await lou.call("system.info"))["environment"] == environment
        assert (await lou.call("enrollment.enroll", courseId="crs_open"))["status"] == "active"
