/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of events. Each kind of event has a row, and each of its fields has one, which says the field's name, its
 * type, its place in struct event, its tag in the kind's message of proto/caltrop/v1/event.proto, and how others call
 * it. What reads events (records, folding, JSON, local tables, rules) walks these rows and knows no kind. A unit test
 * compares the rows with the .proto file.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/hash.h"
#include "agent/base/json.h"
#include "agent/event/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type {
	FIELD_WORD,  /* uint8_t: its word of field.words is the value; sent as string. A NULL word: there is no value */
	FIELD_TEXT,  /* struct str: sent as string, so a byte that is not printable ASCII is sent as '?' */
	FIELD_BYTES, /* struct str of any bytes; sent as bytes */
	FIELD_ADDR,  /* struct addr: sent as string */
	FIELD_U16,   /* this and the following are no texts. uint16_t, uint32_t and uint64_t: sent as the proto type of
			32, 32 and 64 bits; 0: no value */
	FIELD_U32,
	FIELD_U64,
	FIELD_TIME, /* uint64_t: seconds since 1970, as FIELD_U64; a table shows it as a time */
	FIELD_FLAG, /* bool: sent as bool; false: no value */
};

enum field_flags {
	FIELD_KEY = 1,	  /* events with equal values of all these fields may become one record with a count */
	FIELD_SHOWN = 2,  /* JSON has the field also when there is no value: null */
	FIELD_SECRET = 4, /* what looks like a password or a token in it is masked before anybody sees it (mask.h) */
	FIELD_DETAIL = 8, /* left out where people read one line for each event */

	/* What the event is about, for rules (rules/subject.h). A kind has at most one field of each. */
	FIELD_IS_SRC = 16,
	FIELD_IS_ACCOUNT = 32,
	FIELD_IS_PROCESS = 64, /* with its number in the field "pid" */
	FIELD_IS_FILE = 128,
};

#define FIELD_NAME_MAX 32 /* bytes of the longest name, with "_ip" and NUL */

struct field {
	const char *name; /* as in the .proto file, in JSON and in local tables */
	uint8_t type;	  /* enum field_type */
	uint8_t tag;	  /* in the kind's message; not EVENT_TAG_COUNT and not EVENT_TAG_LINE */
	uint8_t flags;	  /* enum field_flags */
	uint8_t words_count;
	uint16_t offset; /* in struct event */
	uint16_t other;	 /* FIELD_WORD: offset of a struct str whose text, if it has one, is said in the word's place */
	const char *const *words;
	const char *sigma; /* the name in Sigma rules; NULL: they have none */
	const char *ocsf;  /* the path in OCSF 1.8; NULL: it has none */
};

/* The number of a list's entries, and the members of a FIELD_WORD whose words a list has. */
#define FIELD_COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define FIELD_WORDS(list) .words = list, .words_count = FIELD_COUNT(list)

/* The tags that all kinds' messages share: how many events the record stands for, and the line as it was read. */
#define EVENT_TAG_COUNT 10
#define EVENT_TAG_LINE 11

struct event_row {
	const char *name; /* "auth" */
	uint8_t kind;	  /* enum event_kind */
	uint8_t tag;	  /* in the oneof of caltrop.v1.Record */
	uint8_t field_count;
	const struct field *fields;
	const char *sigma; /* the category of Sigma's taxonomy that is of such events; NULL: it has none */
};

/* The field of that name; NULL: the kind has none. */
const struct field *fields_find(const struct event_row *row, struct str name);

enum field_value_kind { VALUE_NONE, VALUE_TEXT, VALUE_NUMBER, VALUE_FLAG };

struct field_value {
	enum field_value_kind kind;
	struct str text; /* borrowed from the event, or from the scratch memory */
	uint64_t number;
};

#define FIELD_TEXT_MAX 1024 /* bytes of a text that anybody is told; the rest is cut */

/* The value of a field, a text of at most `max` bytes (up to FIELD_TEXT_MAX), with secrets masked. */
struct field_value fields_get(const struct field *f, const struct event *e, size_t max, char scratch[FIELD_TEXT_MAX]);

/*
 * Append the event as its kind's protobuf message, without count and line. Texts are cut after `max` bytes. A field
 * that does not fit in what is left of b is left out, and b->overflow is not set.
 */
void fields_encode(struct buf *b, const struct event *e, size_t max);

/* A hash over the kind and its FIELD_KEY fields. */
uint64_t fields_key(const struct hash_key *key, const struct event *e);

/* Write the fields as members of a JSON object that was begun. The member of an address is called NAME_ip. */
void fields_json(struct json *j, const struct event *e);

/* Append the fields for people, without FIELD_DETAIL: name=value, separated by blanks. Control bytes become '?'. */
void fields_show(struct buf *b, const struct event *e);

/* Append all fields to a row of base/rows.h; those without a value are empty or 0. */
void fields_rows(struct buf *b, const struct event *e);
