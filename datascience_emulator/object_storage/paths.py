"""The paths of objects and uploads. The one place of the storage that knows the HTTP library's routing."""

from starlette.convertors import Convertor, register_url_convertor


class _ObjectName(Convertor[str]):
    """The rest of the path. Starlette's own `path` stops at a line feed, and would take `x%0A` for `x`."""

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
