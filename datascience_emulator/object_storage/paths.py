"""The paths of objects and uploads, and how the name of an object is matched in one."""

from starlette.convertors import Convertor, register_url_convertor


class _ObjectName(Convertor[str]):
    """The rest of the path. Starlette's own `path` ends at a line feed, so that `x%0A` would mean `x`."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("object", _ObjectName())
BUCKET = "/n/{ns}/b/{bucket}"
OBJECTS = f"{BUCKET}/o"
OBJECT = f"{OBJECTS}/{{object:object}}"
UPLOADS = f"{BUCKET}/u"
UPLOAD = f"{UPLOADS}/{{object:object}}"
