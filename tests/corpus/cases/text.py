"""The text format of config.pbtxt: what the server's parser takes, and what it refuses. Each case is a Python
model, with one line more or another.
"""

from tests.corpus.case import PYTHON_MODEL, Case, one_model

IO = """input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""
BASE = f'backend: "python"\n{IO}'


def more(name: str, line: str) -> Case:
    """A good configuration with one more line."""
    return one_model(f"text_{name}", f"{BASE}{line}\n")


def string(name: str, literal: str) -> Case:
    """The same, with a parameter of this value."""
    return more(f"string_{name}", f'parameters {{ key: "k" value {{ string_value: {literal} }} }}')


def batch(name: str, number: str) -> Case:
    """The same, with this number as its largest batch; the tensors fit any."""
    return more(f"integer_{name}", f"max_batch_size: {number}")


def control(name: str, numbers: str) -> Case:
    """The same, with these floats."""
    kind = f"control {{ kind: CONTROL_SEQUENCE_START fp32_false_true: {numbers} }}"
    return more(f"float_{name}", f'sequence_batching {{ control_input {{ name: "START" {kind} }} }}')


def ragged(name: str, value: str) -> Case:
    """The same, with this boolean."""
    return more(f"boolean_{name}", f"model_transaction_policy {{ decoupled: {value} }}")


def kind(name: str, value: str) -> Case:
    """The same, with this value of an enum."""
    return more(f"enum_{name}", f"instance_group {{ kind: {value} }}")


def raw(name: str, text: str | bytes) -> Case:
    """The whole text. It is written as bytes, because some are no UTF-8."""
    content = text.encode() if isinstance(text, str) else text
    inside = f"text_{name}"
    files = {f"{inside}/1/model.py": PYTHON_MODEL, f"{inside}/config.pbtxt": content}
    return Case(inside, files, alone=True)


CASES = (
    # Letters, blanks and line ends.
    more("no_break_space", "max_batch_size:\u00a00"),
    more("line_separator", "max_batch_size:\u20280"),
    more("letter_of_unicode", "ma\u0445_batch_size: 0"),
    more("smart_quotes", "name: \u201ctext_smart_quotes\u201d"),
    more("comment_of_unicode", "# größe \u201c\u00a0\u2028"),
    more("string_of_unicode", 'parameters { key: "größe\u2028\u00a0" value { string_value: "日本" } }'),
    more("blanks", "max_batch_size\t:\v\f\r 0"),
    more("control_character", "max_batch_size:\x01 0"),
    more("information_separator", "max_batch_size:\x1c 0"),
    more("delete", "max_batch_size:\x7f 0"),
    raw("byte_order_mark", "\ufeff" + BASE),
    raw("crlf", BASE.replace("\n", "\r\n")),
    raw("cr_alone", BASE.replace("\n", "\r")),
    raw("cr_ends_no_comment", f"# a comment\r{BASE}".replace("\n", "\r")),
    raw("nul", f"{BASE}\0"),
    raw("nul_in_comment", f"{BASE}# \0\n"),
    raw("latin_1_in_comment", BASE.encode() + "# größe\n".encode("latin-1")),
    raw("latin_1_in_string", BASE.encode() + 'metric_tags { key: "a" value: "größe" }'.encode("latin-1")),
    raw("utf_16", BASE.encode("utf-16")),
    raw("empty", ""),
    raw("comment_alone", "# nothing"),
    raw("comment_touches", f'backend#c\n:#c\n"python"#c\n{IO}'),
    # Strings.
    string("single_quotes", "'a\"b'"),
    string("joined", '"a" \'b\'\n  # between\n "c"'),
    string("joined_without_blank", "\"a\"'b'"),
    string("tab_inside", '"a\tb"'),
    string("carriage_return_inside", '"a\rb"'),
    string("control_inside", '"a\x01b"'),
    string("line_end_inside", '"a\nb"'),
    string("escaped_line_end", '"a\\\nb"'),
    string("unclosed", '"a'),
    string("quotes_do_not_match", "\"a'"),
    string("known_escapes", r'"\a\b\f\n\r\t\v\\\?\'\""'),
    string("unknown_escape", r'"C:\models\d"'),
    string("escape_slash", r'"\/"'),
    string("escape_e", r'"\e"'),
    string("octal", r'"\101\0\12"'),
    string("octal_too_large", r'"\777"'),
    string("octal_of_a_byte", r'"\377"'),
    string("octal_eight", r'"\8"'),
    string("octal_of_two_bytes", r'"\303\251"'),
    string("hex", r'"\x41\xg"'),
    string("hex_one_digit", r'"\x9z"'),
    string("hex_three_digits", r'"\x414"'),
    string("hex_of_a_byte", r'"\xff"'),
    string("hex_capital", r'"\X41"'),
    string("u_short", r'"\u00e9"'),
    string("u_too_short", r'"\u00e"'),
    string("u_half", r'"\ud800"'),
    string("u_pair", r'"\ud83d\ude00"'),
    string("u_long", r'"\U0001f600"'),
    string("u_long_too_large", r'"\U00110000"'),
    string("u_long_far_too_large", r'"\U00200000"'),
    string("word", "abc"),
    string("number", "1"),
    string("boolean", "true"),
    string("list", '["a"]'),
    # Whole numbers.
    batch("plus", "+8"),
    batch("underscore", "1_0"),
    batch("hex", "0x8"),
    batch("hex_capital", "0X8"),
    batch("hex_empty", "0x"),
    batch("octal", "010"),
    batch("octal_not", "08"),
    batch("octal_of_python", "0o10"),
    batch("binary", "0b10"),
    batch("largest_octal", "017777777777"),
    batch("many_zeros", "0" * 200 + "7"),
    batch("minus_apart", "- 0"),
    batch("minus_and_comment", "- # why\n 0"),
    batch("minus_zero", "-0"),
    batch("float", "8.0"),
    batch("exponent", "1e1"),
    batch("suffix", "8f"),
    batch("long", "8L"),
    batch("largest", "2147483647"),
    batch("too_large", "2147483648"),
    batch("quoted", '"8"'),
    batch("touches_word", "8name"),
    batch("arabic_digit", "\u0668"),
    batch("missing", ""),
    more("integer_unsigned_minus", "dynamic_batching { max_queue_delay_microseconds: -1 }"),
    more("integer_unsigned_minus_zero", "dynamic_batching { max_queue_delay_microseconds: -0 }"),
    more("integer_unsigned_largest", "dynamic_batching { max_queue_delay_microseconds: 0xffffffffffffffff }"),
    more(
        "integer_unsigned_too_large",
        "dynamic_batching { max_queue_delay_microseconds: 18446744073709551616 }",
    ),
    # Fractions.
    control("plain", "[ 0, 1 ]"),
    control("dots", "[ 1.f, .5 ]"),
    control("suffix", "[ 1f, 0.5F ]"),
    control("dot_at_end", "[ 1., 2 ]"),
    control("exponents", "[ 1e-3, 2E+2f ]"),
    control("exponent_empty", "[ 1e, 2 ]"),
    control("inf", "[ inf, -Infinity ]"),
    control("inff", "[ inff, 1 ]"),
    control("nan", "[ nan, -NaN ]"),
    control("overflow", "[ 1e39, 1e999 ]"),
    control("minus_apart", "[ - 1.5, -2 ]"),
    control("plus", "[ +1, 2 ]"),
    control("hex", "[ 0x1, 2 ]"),
    control("octal", "[ 01, 2 ]"),
    control("octal_float", "[ 01.5, 2 ]"),
    control("zero_eight", "[ 08.5, 2 ]"),
    control("two_dots", "[ 1.2.3, 2 ]"),
    control("underscore", "[ 1_0, 2 ]"),
    control("large_integer", "[ 99999999999999999999, 2 ]"),
    control("quoted", '[ "1", 2 ]'),
    # Booleans.
    ragged("true", "true"),
    ragged("true_capital", "True"),
    ragged("true_capitals", "TRUE"),
    ragged("t", "t"),
    ragged("one", "1"),
    ragged("one_hex", "0x1"),
    ragged("one_octal", "01"),
    ragged("two", "2"),
    ragged("minus", "-1"),
    ragged("yes", "yes"),
    ragged("on", "on"),
    ragged("quoted", '"true"'),
    # Enums.
    kind("name", "KIND_CPU"),
    kind("number", "2"),
    kind("number_hex", "0x2"),
    kind("number_unknown", "99"),
    kind("number_minus", "-1"),
    kind("number_too_large", "2147483648"),
    kind("lower_case", "kind_cpu"),
    kind("without_prefix", "CPU"),
    kind("quoted", '"KIND_CPU"'),
    more("enum_priority_unknown", "optimization { priority: 99 }"),
    more("enum_priority_by_number", "optimization { priority: 2 }"),
    more(
        "enum_batch_input_unknown",
        'batch_input { kind: 99 target_name: "b" data_type: TYPE_FP32 source_input: "x" }',
    ),
    more("enum_data_type_unknown", 'input { name: "z" data_type: 99 dims: 1 }'),
    more(
        "enum_control_unknown",
        'sequence_batching { control_input { name: "S" control { kind: 99 fp32_false_true: [ 0, 1 ] } } }',
    ),
    more("enum_timeout_action_unknown", "dynamic_batching { default_queue_policy { timeout_action: 99 } }"),
    more("enum_device_kind_unknown", "instance_group { kind: KIND_CPU secondary_devices { kind: 99 } }"),
    one_model("text_enum_lower_data_type", BASE.replace("TYPE_FP32", "type_fp32", 1)),
    one_model("text_enum_short_data_type", BASE.replace("TYPE_FP32", "FP32", 1)),
    one_model("text_enum_number_data_type", BASE.replace("TYPE_FP32", "11")),
    # Separators, lists and brackets.
    one_model("text_comma_between_fields", f'name: "text_comma_between_fields", backend: "python"; {IO}'),
    more("two_commas", "max_batch_size: 0,,"),
    more("comma_and_semicolon", "max_batch_size: 0,;"),
    more("comma_first", ", max_batch_size: 0"),
    more("comma_after_message", "dynamic_batching { };"),
    more("comma_in_message", "dynamic_batching { preserve_ordering: false, }"),
    one_model("text_trailing_comma_in_dims", BASE.replace("[ 1 ]", "[ 1, ]", 1)),
    one_model("text_trailing_comma_in_list", BASE.replace("] } ]", "] }, ]", 1)),
    one_model("text_semicolon_in_list", BASE.replace("[ 1 ]", "[ 1; 2 ]", 1)),
    one_model("text_no_comma_in_list", BASE.replace("[ 1 ]", "[ 1 2 ]", 1)),
    one_model(
        "text_no_comma_between_messages",
        BASE.replace("] } ]", '] } { name: "z" data_type: TYPE_FP32 dims: 1 } ]', 1),
    ),
    one_model("text_one_without_brackets", BASE.replace("[ 1 ]", "1")),
    one_model("text_minus_one_without_brackets", BASE.replace("[ 1 ]", "-1")),
    one_model("text_minus_apart_in_list", BASE.replace("[ 1 ]", "[ - 1 ]")),
    one_model("text_repeated_field", BASE.replace("dims: [ 1 ]", "dims: 1 dims: [ 2, 3 ] dims: 4")),
    one_model("text_list_of_lists", BASE.replace("[ 1 ]", "[ [ 1 ] ]", 1)),
    one_model("text_list_in_round_brackets", BASE.replace("[ 1 ]", "( 1 )", 1)),
    one_model(
        "text_messages_with_colon", BASE.replace("input [", "input: [").replace("output [", "output : [")
    ),
    one_model("text_message_without_list", BASE.replace("[ {", "{").replace("} ]", "}")),
    one_model("text_pointed_brackets", BASE.replace("{", "<").replace("}", ">")),
    one_model("text_brackets_do_not_match", BASE.replace("{", "<", 1)),
    one_model("text_unclosed_brace", BASE.replace("} ]", "]", 1)),
    one_model("text_unclosed_list", BASE.replace("} ]", "}", 1)),
    more("closed_twice", "}"),
    more("empty_list_of_messages", "instance_group [ ]"),
    more("empty_list_of_numbers", "instance_group { gpus: [ ] kind: KIND_CPU }"),
    more("list_of_numbers_without_colon", "instance_group { gpus [ ] kind: KIND_CPU }"),
    more("list_for_one_message", "dynamic_batching [ { } ]"),
    more("list_for_one_value", "max_batch_size: [ 0 ]"),
    more("no_colon", "max_batch_size 0"),
    more("equals_sign", "max_batch_size = 0"),
    more("value_for_message", "dynamic_batching: true"),
    more("message_for_value", "max_batch_size { }"),
    # Fields.
    more("unknown_field", "max_batch_sise: 0"),
    more("unknown_message", "batching { }"),
    more("field_in_capitals", "Max_Batch_Size: 0"),
    more("field_in_camel_case", "maxBatchSize: 0"),
    more("field_in_quotes", '"max_batch_size": 0'),
    more("field_by_number", "4: 0"),
    more("field_of_another_level", "dims: 1"),
    more("extension", "[a.b]: 1"),
    more("any", "[type.googleapis.com/inference.ModelConfig] { }"),
    more("twice", "max_batch_size: 4 max_batch_size: 8"),
    more("twice_the_same", 'backend: "python"'),
    more("twice_default_first", "max_batch_size: 0 max_batch_size: 0"),
    more("twice_default_last", 'default_model_filename: "model.py" default_model_filename: ""'),
    more("twice_a_message", "model_transaction_policy { } model_transaction_policy { }"),
    more("twice_a_oneof", "version_policy { latest { num_versions: 1 } latest { num_versions: 1 } }"),
    more("two_of_a_oneof", "version_policy { latest { num_versions: 1 } all { } }"),
    more("two_of_schedulers", "dynamic_batching { } sequence_batching { }"),
    # Maps.
    more(
        "map_key_twice",
        'metric_tags { key: "a" value: "1" } metric_tags { key: "a" value: "2" }',
    ),
    more("map_as_list", 'parameters [ { key: "a" value { string_value: "1" } }, { key: "b" value: { } } ]'),
    more("map_without_key", 'parameters { value { string_value: "1" } }'),
    more("map_without_value", 'parameters { key: "a" }'),
    more("map_empty", "parameters { }"),
    more("map_value_first", 'parameters { value { string_value: "1" } key: "a" }'),
    more("map_entry_with_two_keys", 'metric_tags { key: "a" key: "b" value: "c" }'),
    more("map_as_json", 'parameters { "a": { string_value: "1" } }'),
    more("map_key_a_number", 'parameters { key: 1 value { string_value: "1" } }'),
    # What people leave in, or write instead.
    more("merge_conflict", "<<<<<<< HEAD\nmax_batch_size: 0\n=======\nmax_batch_size: 0\n>>>>>>> branch"),
    more("jinja", "max_batch_size: {{ batch }}"),
    more("variable", "max_batch_size: ${max_batch_size}"),
    more("variable_quoted", 'parameters { key: "a" value { string_value: "${x}" } }'),
    more("slashes_comment", "// a comment"),
    raw("json", '{ "backend": "python", "max_batch_size": 0 }'),
    raw("yaml", "backend: python\nmax_batch_size: 0\n"),
    raw("html", "<!DOCTYPE html>\n<html><body>Not found</body></html>\n"),
    raw("lfs_pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n"),
)
