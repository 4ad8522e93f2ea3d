"""XML as the surfaces read and write it."""

import pytest

from procedures.rest import xml
from rpc.errors import RPCError


def refusal(body: bytes) -> str:
    with pytest.raises(RPCError) as caught:
        xml.read(body)
    assert (caught.value.code, caught.value.reason) == ("BAD_REQUEST", "malformed")
    return caught.value.message


# S2-33
@pytest.mark.parametrize("root", ["body", "result", "enrollment", "q:body", "été"])
def test_the_root_may_be_called_anything(root: str):
    namespace = ' xmlns:q="urn:q"' if root.startswith("q:") else ""
    text = f"<{root}{namespace}><uid>2461632</uid></{root}>"
    assert xml.read(text.encode()) == {"uid": "2461632"}


# S2-45
def test_repeated_elements_are_a_list_and_a_single_one_is_not():
    two = b"<b><e><uid>1</uid></e><e><uid>2</uid></e></b>"
    assert xml.read(two) == {"e": [{"uid": "1"}, {"uid": "2"}]}
    assert xml.read(b"<b><e><uid>1</uid></e></b>") == {"e": {"uid": "1"}}


def test_attributes_namespaces_and_comments_are_left_out():
    body = b'<b xmlns="urn:a" xmlns:x="urn:b"><x:uid type="int">1</x:uid><!-- 2 --><?p 3?></b>'
    assert xml.read(body) == {"uid": "1"}


# S2-25
def test_an_empty_element_is_none():
    assert xml.read(b"<b><uid/><admin></admin><status> </status></b>") == {
        "uid": None,
        "admin": None,
        "status": None,
    }
    assert xml.read(b"<b/>") is None


def test_text_is_read_with_its_escapes_in_its_encoding():
    assert xml.read(b"<b>&lt;&#65;&amp;<![CDATA[<&>]]></b>") == "<A&<&>"
    assert xml.read('<?xml version="1.0" encoding="latin-1"?><b>é</b>'.encode("latin-1")) == "é"
    assert xml.read('<?xml version="1.0" encoding="utf-16"?><b>é</b>'.encode("utf-16")) == "é"


LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))


@pytest.mark.parametrize(
    "declaration",
    [
        b"<!DOCTYPE body>",
        b'<!DOCTYPE body SYSTEM "http://images.example/body.dtd">',
        b'<!DOCTYPE body [<!ENTITY l0 "ha">]>',
        b'<!DOCTYPE body [<!ENTITY l0 SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE body [<!ENTITY l0 "ha">' + LAUGHS + b"]>",
    ],
)
def test_a_document_type_is_refused_whatever_it_says(declaration: bytes):
    assert "document types are refused" in refusal(declaration + b"<body>&l0;</body>")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"uid=1",
        b'{"uid":1}',
        b"<b>",
        b"<b></c>",
        b"<b/><b/>",
        b"<b>&unknown;</b>",
        b"<b>\x00</b>",
        b"<b>\xff</b>",
        b'<b a="1" a="2"/>',
        b'<?xml version="1.0" encoding="klingon"?><b/>',
        b'<?xml version="1.0" encoding="utf-7"?><b/>',
        b'<?xml version="1.0" encoding="rot13"?><b/>',
    ],
)
def test_what_is_no_xml_is_refused(body: bytes):
    assert refusal(body).startswith("this is no XML that is read here: ")


def test_more_tags_than_any_call_needs_are_refused():
    most = b"<b>" + b"<e/>" * (xml.MOST_TAGS - 2) + b"</b>"
    assert len(xml.read(most)["e"]) == xml.MOST_TAGS - 2
    assert "tags" in refusal(most.replace(b"<e/>", b"<e/><e/>", 1))
    assert "tags" in refusal(b"<b>" * xml.MOST_TAGS + b"</b>" * xml.MOST_TAGS)


# S2-26
def test_a_document_is_declared_and_its_root_is_result():
    start = b'<?xml version="1.0" encoding="utf-8"?>\n<result>'
    assert xml.write({"id": "1", "total": 2}) == start + b"<id>1</id><total>2</total></result>"


# S2-24, S2-25
def test_lists_repeat_their_element_and_empty_values_are_empty_elements():
    body = {"enrollment": [{"school_uid": ""}, {"school_uid": "s1"}], "total": "2"}
    written = xml.write(body).decode().partition("<result>")[2]
    assert written == (
        "<enrollment><school_uid/></enrollment>"
        "<enrollment><school_uid>s1</school_uid></enrollment>"
        "<total>2</total></result>"
    )
    assert b"enrollment" not in xml.write({"enrollment": [], "total": "0"})


# S2-27
def test_what_has_a_meaning_in_xml_is_escaped():
    assert b"<self>http://h?a=1&amp;b=2</self>" in xml.write({"self": "http://h?a=1&b=2"})
    assert b"<name>&lt;O'Hara&gt;</name>" in xml.write({"name": "<O'Hara>"})


def test_what_xml_cannot_carry_is_replaced():
    text = "a\x00b\x1bc\ud800d\uffffe\tf"
    written = xml.write({"name": text})
    assert xml.read(written) == {"name": "a\ufffdb\ufffdc\ufffdd\ufffde\tf"}
