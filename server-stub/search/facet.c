/* SPDX-License-Identifier: Apache-2.0 */
/* Finds facets by the names in the generated descriptors, so that a new kind of event needs nothing here. */
#include "server-stub/search/facet.h"

#include <string.h>

struct walk {
	bool (*each)(void *arg, const struct facet *f);
	void *arg;
	bool ended;
};

static const void *member_of(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	return (const uint8_t *)m + f->offset;
}

static struct str bytes_of(ProtobufCBinaryData b)
{
	return (struct str){(const char *)b.data, b.len};
}

static void put(struct walk *w, const struct facet *f)
{
	w->ended = w->ended || !w->each(w->arg, f);
}

static void put_text(struct walk *w, enum facet_name name, struct str text)
{
	if (text.len)
		put(w, &(struct facet){name, text, 0});
}

static void put_number(struct walk *w, enum facet_name name, uint32_t number)
{
	if (number)
		put(w, &(struct facet){name, STR_NONE, number});
}

/* "/usr/bin/nc", "usr/bin/nc", "bin/nc" and "nc". */
static void put_program(struct walk *w, struct str path)
{
	while (path.len && !w->ended) {
		put_text(w, FACET_PROGRAM, path);
		if (str_find_byte(path, '/') == SIZE_MAX)
			return;
		str_cut(&path, '/');
	}
}

/* The text of an event's field of that name; empty: the kind has none. */
static struct str text_of(const ProtobufCMessage *m, const char *name)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);

	if (f && f->type == PROTOBUF_C_TYPE_STRING)
		return str_from(*(const char *const *)member_of(m, f));
	if (f && f->type == PROTOBUF_C_TYPE_BYTES)
		return bytes_of(*(const ProtobufCBinaryData *)member_of(m, f));
	return STR_NONE;
}

/* The number of a process in the message; 0: it has none. */
static uint32_t pid_of(const ProtobufCMessage *m)
{
	const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, "pid");

	return f && (f->type == PROTOBUF_C_TYPE_UINT32 || f->type == PROTOBUF_C_TYPE_INT32)
		       ? *(const uint32_t *)member_of(m, f)
		       : 0;
}

const char *facet_state(int state)
{
	static const char *const names[] = {"unknown", "opened", "updated", "closed", "reopened"};

	return names[state > 0 && state < 5 ? state : 0];
}

/* What a finding is about: "/bin/nc[815]". */
static void put_subject(struct walk *w, const Caltrop__V1__Finding *f)
{
	struct str text = bytes_of(f->subject), number = text;
	size_t open = SIZE_MAX;

	if (strcmp(f->subject_kind, "process") != 0 || !str_take_back(&number, STR("]")))
		return;
	for (size_t i = 0; i < number.len; i++)
		open = number.data[i] == '[' ? i : open;
	if (open == SIZE_MAX)
		return;
	put_text(w, FACET_PROGRAM, str_sub(number, open + 1, SIZE_MAX));
	put_program(w, str_sub(text, 0, open));
}

static void put_finding(struct walk *w, const Caltrop__V1__Finding *f)
{
	put_text(w, FACET_SRC, str_from(f->src));
	put_text(w, FACET_USER, bytes_of(f->user));
	put_text(w, FACET_OUTCOME, str_from(facet_state(f->state)));
	put_text(w, FACET_RULE, str_from(f->rule_id));
	put_subject(w, f);
}

/* Where a message tells a process, its number and its programs; elsewhere a name is an account's or a module's. */
static void put_process(struct walk *w, const ProtobufCMessage *m)
{
	static const char *const programs[] = {"image", "exe", "service"};

	put_number(w, FACET_PID, pid_of(m));
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		put_program(w, text_of(m, programs[i]));
	if (protobuf_c_message_descriptor_get_field_by_name(m->descriptor, "uid"))
		put_program(w, text_of(m, "name"));
}

static void put_receipt(struct walk *w, const Caltrop__V1__Receipt *r)
{
	put_text(w, FACET_SRC, str_from(r->addr));
	put_text(w, FACET_USER, bytes_of(r->account));
	put_text(w, FACET_OUTCOME, str_from(r->result));
	put_text(w, FACET_RULE, str_from(r->rule_id));
	put_process(w, &r->base);
}

static void put_event(struct walk *w, const ProtobufCMessage *m)
{
	put_text(w, FACET_SRC, text_of(m, "src"));
	put_text(w, FACET_HOST, text_of(m, "src_host"));
	put_text(w, FACET_USER, text_of(m, "user"));
	put_text(w, FACET_OUTCOME, text_of(m, "outcome"));
	put_process(w, m);
}

void facet_each(const Caltrop__V1__Record *r, bool (*each)(void *arg, const struct facet *f), void *arg)
{
	const ProtobufCFieldDescriptor *kind =
		protobuf_c_message_descriptor_get_field(&caltrop__v1__record__descriptor, (unsigned)r->body_case);
	struct walk w = {each, arg, false};

	put_number(&w, FACET_KIND, (uint32_t)r->body_case);
	if (!kind)
		return;
	if (r->body_case == CALTROP__V1__RECORD__BODY_FINDING)
		put_finding(&w, r->finding);
	else if (r->body_case == CALTROP__V1__RECORD__BODY_RECEIPT)
		put_receipt(&w, r->receipt);
	else
		put_event(&w, *(const ProtobufCMessage *const *)member_of(&r->base, kind));
}
