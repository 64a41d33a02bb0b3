"""Hypothesis strategies for records, good ones and ones with something changed."""

from hypothesis import strategies as st

EDGES = "\x00\t\n\r /\\\x7f\x85\xa0\u2028\u3000\ufeff.😀é@:?#"
texts = st.text(max_size=12) | st.text(alphabet=EDGES + "ab", max_size=6)
plain_texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
keys = st.from_regex(r"[a-zA-Z0-9é😀]([a-zA-Z0-9 .é😀-]{0,8}[a-zA-Z0-9é😀])?", fullmatch=True).filter(
    lambda key: key != "by-sync"
)
hosts = st.sampled_from(["example.com", "a", "[::1]", "user:word@example.com", "münchen.example:8080"])
urls = st.builds(
    "{}://{}{}".format, st.sampled_from(["http", "https", "HTTPS"]), hosts, st.sampled_from(["", "/a?b#c"])
)
emails = st.builds("{}@{}".format, plain_texts, plain_texts) | st.just("")
times = st.builds(
    "{}-{:02}-{:02}{}{:02}:{:02}:{:02}{}{}".format,
    st.sampled_from(["1970", "2026"]),
    st.integers(1, 12),
    st.integers(1, 28),
    st.sampled_from("Tt "),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 59),
    st.sampled_from(["", ".5", ".123456789"]),
    st.sampled_from(["Z", "z", "+01:00", "-00:00", "+05:45", "-11:30"]),
)
flows = st.sampled_from(["source", "destination", "other"])
mapping_states = st.sampled_from(["complete", "incomplete", "skipped", "hidden"])


def choices(*values):
    return st.sampled_from(values)


def objects(required, optional):
    nullable = {name: values | st.none() for name, values in optional.items()}
    return st.fixed_dictionaries(required, optional=nullable)


def records_of(type_, required, optional):
    return objects({"type": st.just(type_), **required}, optional)


requirements = objects({"unified_api": keys}, {"hidden": st.booleans(), "connector": st.none()}) | objects(
    {"connector": keys}, {"hidden": st.booleans()}
)
by_type = {
    "connector": records_of(
        "connector",
        {"connector": keys, "name": plain_texts, "unified_api": keys},
        {
            "active": st.booleans(),
            "default_flow": flows,
            "default_tracked": st.booleans(),
            "help_url": urls | st.just(""),
        },
    ),
    "consumer": records_of(
        "consumer",
        {"consumer": keys, "name": plain_texts},
        {
            "email": emails,
            "internal_reference": plain_texts,
            "redirect_url": urls,
            "created_at": times,
            "deleted": st.booleans(),
        },
    ),
    "connection": records_of(
        "connection",
        {"connection": keys, "consumer": keys, "connector": keys, "status": choices("active", "pending", "failed")},
        {
            "name": plain_texts,
            "failure": objects({}, {"code": plain_texts, "message": plain_texts}),
            "flow": flows,
            "tracked": st.booleans(),
            "changed_at": times,
            "created_at": times,
            "connect_url": urls,
            "deleted": st.booleans(),
        },
    ).filter(lambda record: not (record.get("flow") == "other" and record.get("tracked"))),
    "sync": records_of(
        "sync",
        {"sync": keys, "name": plain_texts},
        {
            "requires": st.lists(requirements, max_size=3),
            "mappings": st.lists(plain_texts, max_size=3),
            "deleted": st.booleans(),
        },
    ),
    "activation": records_of(
        "activation",
        {"sync": keys, "consumer": keys, "opened_at": times},
        {
            "mappings": st.dictionaries(plain_texts, mapping_states, max_size=3),
            "configuration": choices("complete", "incomplete"),
            "enabled": st.booleans(),
            "changed_at": times,
            "activate_url": urls,
            "deleted": st.booleans(),
        },
    ),
    "activity": records_of(
        "activity",
        {
            "id": plain_texts,
            "connection": keys,
            "kind": choices("created", "updated", "sent"),
            "occurred_at": times,
        },
        {"count": st.integers(1, 10**9), "entity": plain_texts},
    ),
    "error": records_of(
        "error",
        {
            "id": plain_texts,
            "connection": keys,
            "category": choices("business", "technical"),
            "message": plain_texts,
            "occurred_at": times,
        },
        {
            "code": plain_texts,
            "operation": choices("create", "update", "delete"),
            "entity": plain_texts,
            "product": objects({}, {"identifier": plain_texts, "label": plain_texts, "family": plain_texts}),
            "channel": plain_texts,
            "locale": plain_texts,
            "help": st.lists(
                objects({"kind": choices("internal", "external"), "url": urls}, {"title": plain_texts}), max_size=3
            ),
        },
    ),
}
valid_records = st.one_of(*by_type.values())

# Whole floats are left out: JSON Schema takes 1.0 for a whole number.
fractions = st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())
scalars = st.none() | st.booleans() | st.integers(-10, 10**10) | fractions | texts | times | urls | keys
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
long_texts = st.sampled_from([254, 255, 256, 2_000, 2_001, 10_000, 10_001]).map("a".__mul__)


@st.composite
def mutated_records(draw):
    """A valid record with one thing changed, anywhere in it."""
    record = draw(valid_records)
    place = draw(st.sampled_from(_containers(record)))
    names = list(place) if isinstance(place, dict) else list(range(len(place)))
    change = draw(st.sampled_from(["replace", "edit", "remove", "add"]))
    if change == "add" or not names:
        _add(draw, place)
        return record
    name = draw(st.sampled_from(names))
    if change == "remove":
        del place[name]
    elif change == "edit" and isinstance(place[name], str):
        place[name] = draw(st.sampled_from([f"{draw(texts)}{place[name]}", f"{place[name]}{draw(texts)}"]))
    else:
        place[name] = draw(json_values | long_texts)
    return record


def _add(draw, place):
    if isinstance(place, dict):
        place[draw(texts | st.sampled_from(["foo", "deleted", "type", "hidden", "title", "connector"]))] = draw(
            json_values
        )
    else:
        place.append(draw(json_values))


def _containers(value):
    if isinstance(value, dict):
        return [value, *(found for item in value.values() for found in _containers(item))]
    if isinstance(value, list):
        return [value, *(found for item in value for found in _containers(item))]
    return []
