/* SPDX-License-Identifier: Apache-2.0 */
/* Packs records by protobuf-c, which allocates nothing while it packs. All its strings are ASCII here. */
#include "agent/core/record.h"

#include "caltrop/v1/record.pb-c.h"

#include <string.h>

#define HOST_MAX 256

static void pack(struct buf *b, struct record_head head, Caltrop__V1__Record *record)
{
	record->wall_us = head.when.wall_us;
	record->mono_us = head.when.mono_us;
	record->severity = (Caltrop__V1__Severity)head.severity;
	size_t len = caltrop__v1__record__get_packed_size(record);

	if (b->overflow || len > b->cap - b->len) {
		b->overflow = true;
		return;
	}
	b->len += caltrop__v1__record__pack(record, (uint8_t *)b->data + b->len);
}

static ProtobufCBinaryData binary(const void *data, size_t len)
{
	return (ProtobufCBinaryData){len, (uint8_t *)(uintptr_t)data};
}

static ProtobufCBinaryData cut(struct str s, size_t max)
{
	return binary(s.data, s.len < max ? s.len : max);
}

static bool is_zero(const uint8_t *id, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (id[i])
			return false;
	return true;
}

static ProtobufCBinaryData identifier(const uint8_t *id, size_t len)
{
	return binary(id, is_zero(id, len) ? 0 : len);
}

/* protobuf-c's structs want a char * also for constants. */
static char *constant(const char *text)
{
	return (char *)(uintptr_t)text;
}

/* Copy a host name. Bytes that are not ASCII would make the string invalid, so they are replaced. */
static char *host_text(struct str host, char text[HOST_MAX])
{
	str_show(host, text, HOST_MAX);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c > 0x7e)
			*c = '?';
	return text;
}

void record_auth(struct buf *b, struct record_head head, const struct record_event *what)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Auth auth = CALTROP__V1__AUTH__INIT;
	const struct auth_event *event = what->event;
	char addr[ADDR_TEXT_MAX] = "", host[HOST_MAX], target[HOST_MAX], service[HOST_MAX];

	auth.service = constant(event_service_name(event->service));
	if (event->service == SERVICE_OTHER && event->service_name.len)
		auth.service = host_text(event->service_name, service);
	auth.outcome = constant(event_outcome_name(event->outcome));
	auth.method = constant(event->method ? event_method_name(event->method) : "");
	auth.reason = constant(event->reason ? event_reason_name(event->reason) : "");
	auth.user = cut(event->user, RECORD_USER_MAX);
	auth.src = event->src.family ? constant(addr_text(&event->src, addr)) : addr;
	auth.src_host = host_text(event->src_host, host);
	auth.src_port = event->src_port;
	auth.pid = event->pid;
	auth.count = what->count;
	auth.line = cut(what->line, RECORD_LINE_MAX);
	auth.trace = constant(event_trace_name(event->trace));
	auth.target = host_text(event->target, target);
	record.body_case = CALTROP__V1__RECORD__BODY_AUTH;
	record.auth = &auth;
	pack(b, head, &record);
}

void record_finding(struct buf *b, struct record_head head, const struct record_finding *finding)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Finding f = CALTROP__V1__FINDING__INIT;
	const struct incident *i = finding->incident;
	const struct rule *rule = &rule_table[i->rule];
	ProtobufCBinaryData evidence[EVIDENCE_LINES];
	char addr[ADDR_TEXT_MAX] = "", host[HOST_MAX];

	f.incident_id = binary(i->id, sizeof(i->id));
	f.state = (Caltrop__V1__Finding__State)finding->state;
	f.rule_id = constant(rule->id);
	f.title = constant(rule->title);
	f.author = constant(rule->author);
	f.tags = (char **)(uintptr_t)rule->tags;
	while (rule->tags[f.n_tags])
		f.n_tags++;
	f.src = i->src.family ? constant(addr_text(&i->src, addr))
			      : host_text((struct str){i->host, i->host_len}, host);
	f.user = binary(i->user, i->user_len);
	f.count = i->count;
	f.first_wall_us = i->first_wall_us;
	f.last_wall_us = i->last_wall_us;
	f.service = constant(event_service_name(i->service));
	f.evidence = evidence;
	for (unsigned n = 0; finding->quote && n < finding->quote->count; n++)
		evidence[f.n_evidence++] = binary(finding->quote->lines[n].data, finding->quote->lines[n].len);
	record.body_case = CALTROP__V1__RECORD__BODY_FINDING;
	record.finding = &f;
	pack(b, head, &record);
}

static const char *origin_name(const struct actor_receipt *r)
{
	static const char *const names[] = {"", "rule", "order", "local"};

	if (r->result == RECEIPT_RESTORED)
		return "reconciler";
	return r->origin < sizeof(names) / sizeof(names[0]) ? names[r->origin] : "";
}

/* The arguments that were given, as messages that point into this. */
struct arguments {
	unsigned count;
	Caltrop__V1__Receipt__Argument *list[VERB_PARAM_MAX];
	Caltrop__V1__Receipt__Argument rows[VERB_PARAM_MAX];
	char text[VERB_DESCRIBE_MAX];
};

static void arguments_fill(struct arguments *out, const struct verb_args *args)
{
	struct buf b = buf_over(out->text, sizeof(out->text));

	out->count = 0;
	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		const struct verb_param *p = verb_param(tag);
		Caltrop__V1__Receipt__Argument *row = &out->rows[out->count];
		size_t start = b.len;

		if (!verb_takes(args->verb, tag) || !verb_arg_given(args, p))
			continue;
		verb_arg_put(&b, args, p);
		buf_char(&b, '\0');
		if (b.overflow)
			return;
		*row = (Caltrop__V1__Receipt__Argument)CALTROP__V1__RECEIPT__ARGUMENT__INIT;
		row->name = constant(p->name);
		row->value = out->text + start;
		out->list[out->count++] = row;
	}
}

void record_receipt(struct buf *b, struct record_head head, const struct actor_receipt *receipt)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Receipt r = CALTROP__V1__RECEIPT__INIT;
	const struct verb_args *args = &receipt->args;
	char addr[ADDR_TEXT_MAX] = "", text[MESSAGE_TEXT_MAX + 1], rule[MESSAGE_RULE_MAX + 1];
	struct arguments arguments;
	const char *verb = verb_name(args->verb);

	r.verb = constant(verb ? verb : "");
	r.origin = constant(origin_name(receipt));
	r.result = constant(record_result_name(receipt->result));
	r.error = constant(receipt->err ? err_name(receipt->err) : "");
	r.verified = receipt->verified;
	str_show((struct str){receipt->rule, strnlen(receipt->rule, MESSAGE_RULE_MAX)}, rule, sizeof(rule));
	r.rule_id = rule;
	r.incident_id = identifier(receipt->incident, sizeof(receipt->incident));
	r.order_id = identifier(receipt->order_id, sizeof(receipt->order_id));
	r.addr = args->addr.family ? constant(addr_text(&args->addr, addr)) : addr;
	r.account = binary(args->account, strnlen(args->account, VERB_ACCOUNT_MAX));
	r.pid = args->pid;
	r.count = receipt->count;
	r.duration_s = args->duration_s;
	r.expires_wall_us = receipt->expires_wall_us;
	r.cause_us = receipt->cause_us;
	r.decided_us = receipt->decided_us;
	r.received_us = receipt->received_us;
	r.journaled_us = receipt->journaled_us;
	r.acted_us = receipt->acted_us;
	r.verified_us = receipt->verified_us;
	r.sealed = binary(receipt->sealed, receipt->sealed_len <= MESSAGE_SEALED_MAX ? receipt->sealed_len : 0);
	str_show((struct str){receipt->text, strnlen(receipt->text, MESSAGE_TEXT_MAX)}, text, sizeof(text));
	r.text = text;
	r.step = receipt->step;
	r.steps = receipt->steps;
	r.outcome = constant(receipt->outcome ? record_result_name(receipt->outcome) : "");
	arguments_fill(&arguments, args);
	r.arguments = arguments.list;
	r.n_arguments = arguments.count;
	record.body_case = CALTROP__V1__RECORD__BODY_RECEIPT;
	record.receipt = &r;
	pack(b, head, &record);
}

void record_health(struct buf *b, struct record_head head, const struct record_health *health)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Health h = CALTROP__V1__HEALTH__INIT;
	Caltrop__V1__Health__Counter counters[RECORD_COUNTERS_MAX];
	Caltrop__V1__Health__Counter *counter_list[RECORD_COUNTERS_MAX];

	for (unsigned i = 0; i < health->counter_count; i++) {
		counters[i] = (Caltrop__V1__Health__Counter)CALTROP__V1__HEALTH__COUNTER__INIT;
		counters[i].name = constant(health->counters[i].name);
		counters[i].value = health->counters[i].value;
		counter_list[i] = &counters[i];
	}
	h.counters = counter_list;
	h.n_counters = health->counter_count;
	h.problems = (char **)(uintptr_t)health->problems;
	h.n_problems = health->problem_count;
	record.body_case = CALTROP__V1__RECORD__BODY_HEALTH;
	record.health = &h;
	pack(b, head, &record);
}

void record_dropped(struct buf *b, struct record_head head, const char *queue, uint64_t count)
{
	Caltrop__V1__Record record = CALTROP__V1__RECORD__INIT;
	Caltrop__V1__Dropped dropped = CALTROP__V1__DROPPED__INIT;

	dropped.queue = constant(queue);
	dropped.count = count;
	record.body_case = CALTROP__V1__RECORD__BODY_DROPPED;
	record.dropped = &dropped;
	pack(b, head, &record);
}
