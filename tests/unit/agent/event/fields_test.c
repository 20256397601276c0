/* SPDX-License-Identifier: Apache-2.0 */
/* Holds the rows of fields and the .proto file together: for every kind, whatever kinds there are. */
#include "agent/event/kinds.h"

#include "agent/base/rows.h"
#include "caltrop/v1/record.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const ProtobufCMessageDescriptor *message_of(const struct event_row *row)
{
	const ProtobufCFieldDescriptor *f =
		protobuf_c_message_descriptor_get_field(&caltrop__v1__record__descriptor, row->tag);

	assert_non_null(f);
	assert_string_equal(f->name, row->name);
	assert_true(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);
	return f->descriptor;
}

static ProtobufCType type_of(const struct field *f)
{
	switch (f->type) {
	case FIELD_BYTES: return PROTOBUF_C_TYPE_BYTES;
	case FIELD_U16:
	case FIELD_U32: return PROTOBUF_C_TYPE_UINT32;
	case FIELD_U64:
	case FIELD_TIME: return PROTOBUF_C_TYPE_UINT64;
	case FIELD_FLAG: return PROTOBUF_C_TYPE_BOOL;
	default: return PROTOBUF_C_TYPE_STRING;
	}
}

static void rows_and_proto_agree(void **state)
{
	(void)state;
	for (unsigned k = 0; k < EVENT_KINDS; k++) {
		const struct event_row *row = kinds_rows[k];
		const ProtobufCMessageDescriptor *m = message_of(row);
		const ProtobufCFieldDescriptor *count, *line;

		assert_int_equal(row->kind, k);
		assert_int_equal(m->n_fields, row->field_count + 2u);
		count = protobuf_c_message_descriptor_get_field(m, EVENT_TAG_COUNT);
		line = protobuf_c_message_descriptor_get_field(m, EVENT_TAG_LINE);
		assert_string_equal(count->name, "count");
		assert_int_equal(count->type, PROTOBUF_C_TYPE_UINT32);
		assert_string_equal(line->name, "line");
		assert_int_equal(line->type, PROTOBUF_C_TYPE_BYTES);
		for (unsigned i = 0; i < row->field_count; i++) {
			const struct field *f = &row->fields[i];
			const ProtobufCFieldDescriptor *d = protobuf_c_message_descriptor_get_field(m, f->tag);

			assert_non_null(d);
			assert_string_equal(d->name, f->name);
			assert_int_equal(d->type, type_of(f));
			assert_true(strlen(f->name) + sizeof("_ip") <= FIELD_NAME_MAX);
			assert_true(f->offset < sizeof(struct event));
			assert_ptr_equal(fields_find(row, str_from(f->name)), f);
		}
	}
}

/* An event of the kind in which every field has a value. */
static void fill(struct event *e, uint8_t kind)
{
	static const struct str text = {"a\n\xff name", 7};
	static const struct addr addr = {4, 32, {203, 0, 113, 9}};
	const struct event_row *row = kinds_rows[kind];

	memset(e, 0, sizeof(*e));
	e->kind = kind;
	e->count = 1;
	for (unsigned i = 0; i < row->field_count; i++) {
		const struct field *f = &row->fields[i];
		char *at = (char *)e + f->offset;

		switch (f->type) {
		case FIELD_TEXT:
		case FIELD_BYTES: memcpy(at, &text, sizeof(text)); break;
		case FIELD_ADDR: memcpy(at, &addr, sizeof(addr)); break;
		case FIELD_WORD: *at = (char)(f->words_count - 1); break;
		default: *at = 1; break;
		}
	}
}

/* What the guard writes by rows, generated code reads: every field, and every text as UTF-8 where it is a string. */
static void what_rows_write_the_generated_code_reads(void **state)
{
	char memory[4096];

	(void)state;
	for (unsigned k = 0; k < EVENT_KINDS; k++) {
		const ProtobufCMessageDescriptor *d = message_of(kinds_rows[k]);
		struct buf b = buf_over(memory, sizeof(memory));
		struct event e;

		fill(&e, (uint8_t)k);
		fields_encode(&b, &e, 256);
		ProtobufCMessage *m = protobuf_c_message_unpack(d, NULL, b.len, (const uint8_t *)b.data);

		assert_non_null(m);
		assert_int_equal(m->n_unknown_fields, 0);
		assert_int_equal(protobuf_c_message_get_packed_size(m), b.len);
		protobuf_c_message_free_unpacked(m, NULL);
	}
}

static void a_field_that_does_not_fit_is_left_out_whole(void **state)
{
	char memory[512];

	(void)state;
	for (unsigned k = 0; k < EVENT_KINDS; k++)
		for (size_t room = 0; room < sizeof(memory); room++) {
			struct buf b = buf_over(memory, room);
			struct event e;

			fill(&e, (uint8_t)k);
			fields_encode(&b, &e, 64);
			assert_false(b.overflow);
			ProtobufCMessage *m = protobuf_c_message_unpack(message_of(kinds_rows[k]), NULL, b.len,
									(const uint8_t *)b.data);
			assert_non_null(m);
			protobuf_c_message_free_unpacked(m, NULL);
		}
}

/* The key changes with each of its fields, and with no other. */
static void the_key_is_its_fields(void **state)
{
	static const struct hash_key key = {1, 2};

	(void)state;
	for (unsigned k = 0; k < EVENT_KINDS; k++) {
		const struct event_row *row = kinds_rows[k];
		struct event e, other;

		fill(&e, (uint8_t)k);
		for (unsigned i = 0; i < row->field_count; i++) {
			const struct field *f = &row->fields[i];
			size_t size = f->type == FIELD_TEXT || f->type == FIELD_BYTES ? sizeof(struct str) : 1;

			other = e;
			memset((char *)&other + f->offset, 0, size);
			if (f->type == FIELD_WORD && f->other)
				memset((char *)&other + f->other, 0, sizeof(struct str));
			assert_int_equal(fields_key(&key, &e) != fields_key(&key, &other), (f->flags & FIELD_KEY) != 0);
		}
	}
}

static void rows_show_every_field(void **state)
{
	char text[1024];
	struct buf r = buf_over(text, sizeof(text) - 1);
	struct event e = {.kind = EVENT_AUTH, .count = 1};

	(void)state;
	e.auth.service = SERVICE_OTHER;
	e.auth.service_name = STR("imapd");
	e.auth.outcome = AUTH_FAILURE;
	e.auth.user = STR("ro\tot");
	e.auth.pid = 17;
	rows_begin(&r, "auth");
	fields_rows(&r, &e);
	rows_end(&r);
	text[r.len] = '\0';
	assert_string_equal(text,
			    "auth\tservice=imapd\toutcome=failure\tuser=ro%09ot\tsrc=\tsrc_host=\tsrc_port#0\tmethod="
			    "\treason=\ttarget=\ttrace=daemon\tpid#17\n");
	r = buf_over(text, sizeof(text) - 1);
	fields_show(&r, &e);
	text[r.len] = '\0';
	assert_string_equal(text, "service=imapd outcome=failure user=ro?ot");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_and_proto_agree),
		cmocka_unit_test(what_rows_write_the_generated_code_reads),
		cmocka_unit_test(a_field_that_does_not_fit_is_left_out_whole),
		cmocka_unit_test(the_key_is_its_fields),
		cmocka_unit_test(rows_show_every_field),
	};

	return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
