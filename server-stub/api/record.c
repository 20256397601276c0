/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events are written by what their generated descriptors say, so a new kind of event needs nothing here. Findings,
 * receipts and health have a writer each, since their JSON has other names and forms than their messages. Bytes that an
 * attacker chose are escaped by the JSON writer, whatever they are.
 */
#include "server-stub/api/record.h"

#include "agent/base/severity.h"
#include "server-stub/api/names.h"
#include "server-stub/api/reply.h"
#include "server-stub/search/facet.h"

#include <string.h>

static struct str bytes_of(ProtobufCBinaryData b)
{
	return (struct str){(const char *)b.data, b.len};
}

static void put_text(struct json *j, const char *key, const char *value)
{
	if (!value || !value[0])
		return;
	json_key(j, key);
	json_text(j, value);
}

static void put_bytes(struct json *j, const char *key, ProtobufCBinaryData value)
{
	if (!value.len)
		return;
	json_key(j, key);
	json_str(j, bytes_of(value));
}

static void put_number(struct json *j, const char *key, int64_t value)
{
	if (!value)
		return;
	json_key(j, key);
	json_int(j, value);
}

static void put_bytes_id(struct json *j, const char *key, ProtobufCBinaryData value)
{
	static const uint8_t none[STORE_ID];

	if (value.len == STORE_ID && memcmp(value.data, none, STORE_ID) != 0)
		reply_id(j, key, value.data);
}

static const void *member_of(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	return (const uint8_t *)m + f->offset;
}

/* A text, bytes or number of an event, by its descriptor's name. Events have no other types (event.proto). */
static void put_member(struct json *j, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	const void *at = member_of(m, f);

	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING: put_text(j, f->name, *(const char *const *)at); break;
	case PROTOBUF_C_TYPE_BYTES: put_bytes(j, f->name, *(const ProtobufCBinaryData *)at); break;
	case PROTOBUF_C_TYPE_UINT32: put_number(j, f->name, *(const uint32_t *)at); break;
	case PROTOBUF_C_TYPE_UINT64:
		if (*(const uint64_t *)at)
			reply_count(j, f->name, *(const uint64_t *)at);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		if (*(const protobuf_c_boolean *)at) {
			json_key(j, f->name);
			json_bool(j, true);
		}
		break;
	default: break;
	}
}

static void put_event(struct json *j, const ProtobufCMessage *m)
{
	for (unsigned i = 0; i < m->descriptor->n_fields; i++)
		put_member(j, m, &m->descriptor->fields[i]);
}

static void put_finding(struct json *j, const Caltrop__V1__Finding *f)
{
	put_bytes_id(j, "incident", f->incident_id);
	put_text(j, "state", facet_state(f->state));
	put_text(j, "rule", f->rule_id);
	put_text(j, "title", f->title);
	put_text(j, "author", f->author);
	put_text(j, "link", f->link);
	put_text(j, "level", f->level ? severity_name((unsigned)f->level) : "");
	put_text(j, "src", f->src);
	put_text(j, "subject_kind", f->subject_kind);
	put_bytes(j, "subject", f->subject);
	put_bytes(j, "user", f->user);
	put_text(j, "service", f->service);
	put_number(j, "count", f->count);
	json_key(j, "tags");
	json_begin_array(j);
	for (size_t i = 0; i < f->n_tags; i++)
		json_text(j, f->tags[i]);
	json_end_array(j);
	json_key(j, "evidence");
	json_begin_array(j);
	for (size_t i = 0; i < f->n_evidence; i++)
		json_str(j, bytes_of(f->evidence[i]));
	json_end_array(j);
	reply_time(j, "first", f->first_wall_us);
	reply_time(j, "last", f->last_wall_us);
	json_key(j, "succeeded");
	json_bool(j, f->won);
	put_number(j, "score", f->score);
	put_number(j, "total", f->total);
	put_number(j, "reopened", f->reopened);
	put_bytes_id(j, "merged_into", f->merged_into);
}

/* Of a device's clocks: whatever they say, the difference is a number. */
static int64_t distance(int64_t from, int64_t to)
{
	int64_t out;

	return __builtin_sub_overflow(to, from, &out) ? INT64_MAX : out;
}

/* Each step's distance from the first one, in microseconds. */
static void put_steps(struct json *j, const Caltrop__V1__Receipt *r)
{
	const struct {
		const char *key;
		int64_t at;
	} steps[] = {
		{"cause", r->cause_us},		{"decided", r->decided_us}, {"received", r->received_us},
		{"journaled", r->journaled_us}, {"acted", r->acted_us},	    {"verified", r->verified_us},
	};
	int64_t start = 0;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i].at && (!start || steps[i].at < start))
			start = steps[i].at;
	json_key(j, "steps_us");
	json_begin_object(j);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (!steps[i].at)
			continue;
		json_key(j, steps[i].key);
		json_int(j, distance(start, steps[i].at));
	}
	json_end_object(j);
}

/* As the device told them: it may know more verbs than this service. */
static void put_arguments(struct json *j, const Caltrop__V1__Receipt *r)
{
	if (!r->n_arguments)
		return;
	json_key(j, "params");
	json_begin_object(j);
	for (size_t i = 0; i < r->n_arguments; i++) {
		json_key_str(j, str_from(r->arguments[i]->name));
		json_text(j, r->arguments[i]->value);
	}
	json_end_object(j);
}

void record_put_receipt(struct json *j, const Caltrop__V1__Receipt *r, bool with_sealed)
{
	put_text(j, "verb", r->verb);
	put_text(j, "origin", r->origin);
	put_text(j, "result", r->result);
	put_text(j, "error", r->error);
	json_key(j, "verified");
	json_bool(j, r->verified);
	put_text(j, "rule", r->rule_id);
	put_bytes_id(j, "incident", r->incident_id);
	put_bytes_id(j, "order", r->order_id);
	put_text(j, "addr", r->addr);
	put_bytes(j, "account", r->account);
	put_number(j, "pid", r->pid);
	put_number(j, "count", r->count);
	put_number(j, "duration_s", r->duration_s);
	if (r->expires_wall_us)
		reply_time(j, "expires", r->expires_wall_us);
	put_arguments(j, r);
	put_number(j, "step", r->step);
	put_number(j, "steps", r->steps);
	put_text(j, "outcome", r->outcome);
	if (r->repeat) {
		json_key(j, "repeat");
		json_bool(j, true);
	}
	put_text(j, "text", r->text);
	put_steps(j, r);
	if (with_sealed && r->sealed.len)
		reply_base64(j, "sealed", r->sealed.data, r->sealed.len);
}

static void put_health(struct json *j, const Caltrop__V1__Health *h)
{
	json_key(j, "problems");
	json_begin_array(j);
	for (size_t i = 0; i < h->n_problems; i++)
		json_text(j, h->problems[i]);
	json_end_array(j);
	json_key(j, "counters");
	json_begin_array(j);
	for (size_t i = 0; i < h->n_counters; i++) {
		json_begin_object(j);
		json_key(j, "name");
		json_text(j, h->counters[i]->name);
		reply_count(j, "value", h->counters[i]->value);
		json_end_object(j);
	}
	json_end_array(j);
}

/* The fields of the record's oneof: what a record can be. */
static bool is_kind(const ProtobufCFieldDescriptor *f)
{
	return f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
}

uint32_t record_kind(struct str name)
{
	const ProtobufCMessageDescriptor *d = &caltrop__v1__record__descriptor;

	for (unsigned i = 0; i < d->n_fields; i++)
		if (is_kind(&d->fields[i]) && str_equal(name, str_from(d->fields[i].name)))
			return d->fields[i].id;
	return 0;
}

void record_kinds(struct buf *b)
{
	const ProtobufCMessageDescriptor *d = &caltrop__v1__record__descriptor;

	for (unsigned i = 0; i < d->n_fields; i++)
		if (is_kind(&d->fields[i]))
			buf_printf(b, " %s", d->fields[i].name);
}

#define EVENT_OUTCOMES "success failure probe info"
#define FINDING_STATES "opened updated closed reopened"
#define RECEIPT_RESULTS "done already observed refused failed reverted restored"

const char *record_outcomes(uint32_t kind)
{
	const ProtobufCFieldDescriptor *f =
		kind ? protobuf_c_message_descriptor_get_field(&caltrop__v1__record__descriptor, kind) : NULL;

	if (kind == 0)
		return EVENT_OUTCOMES " " FINDING_STATES " " RECEIPT_RESULTS;
	if (kind == CALTROP__V1__RECORD__BODY_FINDING)
		return FINDING_STATES;
	if (kind == CALTROP__V1__RECORD__BODY_RECEIPT)
		return RECEIPT_RESULTS;
	return f && protobuf_c_message_descriptor_get_field_by_name(f->descriptor, "outcome") ? EVENT_OUTCOMES : "";
}

/* The descriptor of what the record is; NULL: a kind that this service does not know. */
static const ProtobufCFieldDescriptor *kind_of(const Caltrop__V1__Record *r)
{
	return protobuf_c_message_descriptor_get_field(&caltrop__v1__record__descriptor, (unsigned)r->body_case);
}

static const ProtobufCMessage *body_of(const Caltrop__V1__Record *r, const ProtobufCFieldDescriptor *kind)
{
	return *(const ProtobufCMessage *const *)member_of(&r->base, kind);
}

static void put_body(struct json *j, const Caltrop__V1__Record *r, const ProtobufCFieldDescriptor *kind)
{
	switch (r->body_case) {
	case CALTROP__V1__RECORD__BODY_FINDING: put_finding(j, r->finding); break;
	case CALTROP__V1__RECORD__BODY_RECEIPT: record_put_receipt(j, r->receipt, false); break;
	case CALTROP__V1__RECORD__BODY_HEALTH: put_health(j, r->health); break;
	case CALTROP__V1__RECORD__BODY_CHAIN_HEAD: reply_count(j, "seq", r->chain_head->seq); break;
	default: put_event(j, body_of(r, kind));
	}
}

void record_put(struct json *j, const Caltrop__V1__Record *r)
{
	const ProtobufCFieldDescriptor *kind = kind_of(r);

	reply_time(j, "time", r->wall_us);
	json_key(j, "severity");
	json_text(j, severity_name((unsigned)r->severity));
	json_key(j, "kind");
	json_text(j, kind ? kind->name : "unknown");
	json_key(j, kind ? kind->name : "unknown");
	json_begin_object(j);
	if (kind)
		put_body(j, r, kind);
	json_end_object(j);
}

/* What of a filter a record's facets have met so far. */
struct match {
	const struct record_filter *filter;
	uint64_t pid; /* that is wanted; 0: none */
	bool src, user, outcome, rule, process;
};

static bool see(void *arg, const struct facet *f)
{
	struct match *m = arg;
	const struct record_filter *want = m->filter;

	switch (f->name) {
	case FACET_SRC: m->src |= str_equal(str_from(want->src), f->text); break;
	case FACET_HOST: m->src |= str_equal_fold(str_from(want->src), f->text); break;
	case FACET_USER: m->user |= str_equal(str_from(want->user), f->text); break;
	case FACET_OUTCOME: m->outcome |= str_equal(str_from(want->outcome), f->text); break;
	case FACET_RULE: m->rule |= str_equal(str_from(want->rule), f->text); break;
	case FACET_PROGRAM: m->process |= str_equal(str_from(want->process), f->text); break;
	case FACET_PID: m->process |= m->pid == f->number; break;
	default: break;
	}
	return !(m->src && m->user && m->outcome && m->rule && m->process);
}

bool record_matches(const struct record_filter *f, const Caltrop__V1__Record *r)
{
	struct match m = {f, 0, !f->src[0], !f->user[0], !f->outcome[0], !f->rule[0], !f->process[0]};

	if (f->kind && (uint32_t)r->body_case != f->kind)
		return false;
	if ((f->since_us && r->wall_us < f->since_us) || (f->until_us && r->wall_us >= f->until_us))
		return false;
	if (m.src && m.user && m.outcome && m.rule && m.process)
		return true;
	m.pid = record_pid(f);
	facet_each(r, see, &m);
	return m.src && m.user && m.outcome && m.rule && m.process;
}

uint32_t record_pid(const struct record_filter *f)
{
	uint64_t pid;

	return str_number(str_from(f->process), UINT32_MAX, &pid) == ERR_OK ? (uint32_t)pid : 0;
}

/* What is known of the receipt's way from the device's actor. */
static void put_proof(struct json *j, uint8_t proof)
{
	static const char *const whys[PROOF_STATES] = {
		[PROOF_NO_KEY] = "no key is bound to the device",
		[PROOF_PENDING] = "the device's signature has not come yet",
		[PROOF_NO_PLACE] = "it is not in the chain of the device's actor",
		[PROOF_DISORDER] = "it came out of order, or in the place of another",
		[PROOF_BROKEN] = "the receipts after it do not follow it",
		[PROOF_OTHER] = "the device's actor signed something else",
	};
	const char *name = proof == PROOF_PROVEN ? "proven" : proof == PROOF_PENDING ? "pending" : "unproven";

	put_text(j, "proof", name);
	put_text(j, "proof_why", proof < PROOF_STATES ? whys[proof] : "");
}

void record_put_stored(struct call *call, struct json *j, const struct views_receipt *stored)
{
	Caltrop__V1__Receipt *r =
		caltrop__v1__receipt__unpack(NULL, stored->record.len, (const uint8_t *)stored->record.data);
	bool sees_secrets = route_role(call->user.role) & ROLE_ACT;

	json_begin_object(j);
	names_put(call->api, j, stored->device);
	reply_time(j, "time", stored->wall_us);
	reply_time(j, "received", stored->received_us);
	put_proof(j, stored->proof);
	if (r)
		record_put_receipt(j, r, sees_secrets);
	json_end_object(j);
	if (r)
		caltrop__v1__receipt__free_unpacked(r, NULL);
}
