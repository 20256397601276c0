/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges rules one by one, without their order: one that hides anything at all is believed to hide all. Adds and
 * removes none but those with its own key.
 */
#include "agent/actor/sys/audit_rules.h"

#include "agent/base/netlink_socket.h"
#include "agent/base/str.h"
#include "ports/linux/seccomp/arch.h"

#include <linux/audit.h>
#include <linux/netlink.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define KEY "caltrop"
#define ANSWER_BYTES 16384 /* a rule has at most 1,040 bytes and its texts, paths and keys */

static char answer[ANSWER_BYTES];

#define KEY_LEN (sizeof(KEY) - 1)

/* A rule as the kernel takes it: its texts follow at once. */
struct rule {
	uint8_t bytes[sizeof(struct audit_rule_data) + KEY_LEN];
};

static bool has_call(const struct audit_rule_data *r, unsigned call)
{
	return AUDIT_WORD(call) < AUDIT_BITMASK_SIZE && (r->mask[AUDIT_WORD(call)] & AUDIT_BIT(call));
}

/* Whether a field leaves all execs of this processor that succeed. */
static bool leaves_all(const struct audit_rule_data *r, unsigned i)
{
	bool equal = r->fieldflags[i] == AUDIT_EQUAL;

	switch (r->fields[i]) {
	case AUDIT_FILTERKEY: return true;
	case AUDIT_ARCH: return equal && r->values[i] == SECCOMP_ARCH;
	case AUDIT_SUCCESS: return equal && r->values[i] == 1;
	default: return false;
	}
}

/* Whether a rule that keeps records from being written is about others. */
static bool hides_others(const struct audit_rule_data *r)
{
	for (unsigned i = 0; i < r->field_count; i++)
		if (r->fields[i] == AUDIT_MSGTYPE && r->fieldflags[i] == AUDIT_EQUAL && r->values[i] != AUDIT_SYSCALL &&
		    r->values[i] != AUDIT_EXECVE)
			return true;
	return false;
}

static bool is_own(const struct audit_rule_data *r, struct str texts)
{
	/* It has no other text than its key. */
	for (unsigned i = 0; i < r->field_count; i++)
		if (r->fields[i] == AUDIT_FILTERKEY)
			return str_equal(texts, STR(KEY));
	return false;
}

unsigned audit_rules_judge(const void *rule, size_t len)
{
	struct audit_rule_data r;
	unsigned says = 0;

	if (len < sizeof(r))
		return 0;
	memcpy(&r, rule, sizeof(r));
	if (r.field_count > AUDIT_MAX_FIELDS)
		return AUDIT_RULE_HIDES;
	unsigned list = r.flags & ~(unsigned)AUDIT_FILTER_PREPEND;

	if (list == AUDIT_FILTER_EXCLUDE)
		return hides_others(&r) ? 0 : AUDIT_RULE_HIDES;
	if (list == AUDIT_FILTER_TASK)
		return r.action == AUDIT_NEVER ? AUDIT_RULE_HIDES : 0;
	if (list != AUDIT_FILTER_EXIT)
		return 0;
	says |= has_call(&r, SYS_execve) ? AUDIT_RULE_EXECVE : 0;
	says |= has_call(&r, SYS_execveat) ? AUDIT_RULE_EXECVEAT : 0;
	if (r.action == AUDIT_NEVER)
		return says ? AUDIT_RULE_HIDES : 0;
	for (unsigned i = 0; i < r.field_count; i++)
		says = leaves_all(&r, i) ? says : 0;
	if (is_own(&r, str_sub((struct str){rule, len}, sizeof(r), r.buflen)))
		says |= AUDIT_RULE_OWN;
	return says;
}

static enum err open_audit(struct netlink *s)
{
	enum err err;

	s->in = answer;
	s->in_cap = sizeof(answer);
	err = netlink_open(s, NETLINK_AUDIT);
	s->any_port = true;
	return err;
}

/* Send one message with a body. */
static enum err ask(struct netlink *s, struct netlink_out *o, struct view body, const struct netlink_reader *reader)
{
	netlink_header(o, body.data, body.len);
	return netlink_ask(s, o, o->seq, reader);
}

static void keep_enabled(void *context, const struct netlink_message *m)
{
	struct audit_status status;
	struct view body = m->body;

	memset(&status, 0, sizeof(status));
	if (m->type == AUDIT_GET) {
		/* Kernels differ in how many members they have behind these. */
		memcpy(&status, body.data, body.len < sizeof(status) ? body.len : sizeof(status));
		*(uint32_t *)context = status.enabled;
	}
}

static enum err ask_enabled(struct netlink *s, uint32_t *enabled)
{
	const struct netlink_reader reader = {.each = keep_enabled, .context = enabled};
	uint8_t memory[64];
	struct netlink_out o = netlink_over(memory, sizeof(memory));

	*enabled = 0;
	netlink_begin(&o, AUDIT_GET, 0);
	return netlink_ask(s, &o, o.seq, &reader);
}

static void keep_rule(void *context, const struct netlink_message *m)
{
	if (m->type == AUDIT_LIST_RULES)
		*(unsigned *)context |= audit_rules_judge(m->body.data, m->body.len);
}

/* What all rules say together. The kernel ends the list as it ends a dump. */
static enum err ask_rules(struct netlink *s, unsigned *says)
{
	const struct netlink_reader reader = {.each = keep_rule, .context = says};
	uint8_t memory[64];
	struct netlink_out o = netlink_over(memory, sizeof(memory));

	*says = 0;
	netlink_begin(&o, AUDIT_LIST_RULES, NLM_F_DUMP);
	return netlink_ask(s, &o, o.seq, &reader);
}

/* Records go to the first network namespace only, where process 1 of the first process namespace is. */
static bool is_first_network(void)
{
	struct stat own, first;

	return stat("/proc/self/ns/net", &own) == 0 && stat("/proc/1/ns/net", &first) == 0 &&
	       own.st_ino == first.st_ino && own.st_dev == first.st_dev;
}

bool audit_rules_look(char why[AUDIT_RULES_WHY_MAX], bool *own)
{
	struct netlink s;
	uint32_t enabled = 0;
	unsigned says = 0;
	enum err err = open_audit(&s);

	why[0] = '\0';
	if (err == ERR_OK)
		err = ask_enabled(&s, &enabled);
	if (err == ERR_OK)
		err = ask_rules(&s, &says);
	netlink_close(&s);
	*own = says & AUDIT_RULE_OWN;
	if (err == ERR_UNSUPPORTED)
		snprintf(why, AUDIT_RULES_WHY_MAX, "this kernel has no audit");
	else if (err != ERR_OK)
		snprintf(why, AUDIT_RULES_WHY_MAX, "audit cannot be asked from here: %s", err_text(err));
	else if (!is_first_network())
		snprintf(why, AUDIT_RULES_WHY_MAX, "audit records do not come to this network namespace");
	else if (!enabled)
		snprintf(why, AUDIT_RULES_WHY_MAX, "audit is switched off");
	else if (says & AUDIT_RULE_HIDES)
		snprintf(why, AUDIT_RULES_WHY_MAX, "an audit rule hides execs");
	else if (!(says & AUDIT_RULE_EXECVE) || !(says & AUDIT_RULE_EXECVEAT))
		snprintf(why, AUDIT_RULES_WHY_MAX, "no audit rule for each execve and execveat");
	else
		return true;
	return false;
}

/* Calls of MIPS have numbers for which rules have no room: none ever matches there. */
static void set_call(struct audit_rule_data *r, unsigned call)
{
	if (AUDIT_WORD(call) < AUDIT_BITMASK_SIZE)
		r->mask[AUDIT_WORD(call)] |= AUDIT_BIT(call);
}

/* A rule about both calls of one kind of program; `arch`: as linux/audit.h numbers them. */
static struct rule rule_for(uint32_t arch, unsigned execve, unsigned execveat)
{
	struct audit_rule_data data;
	struct rule r;

	memset(&data, 0, sizeof(data));
	data.flags = AUDIT_FILTER_EXIT;
	data.action = AUDIT_ALWAYS;
	set_call(&data, execve);
	set_call(&data, execveat);
	data.field_count = 3;
	data.fields[0] = AUDIT_ARCH;
	data.values[0] = arch;
	data.fields[1] = AUDIT_SUCCESS;
	data.values[1] = 1;
	data.fields[2] = AUDIT_FILTERKEY;
	data.values[2] = data.buflen = KEY_LEN;
	for (unsigned i = 0; i < data.field_count; i++)
		data.fieldflags[i] = AUDIT_EQUAL;
	memcpy(r.bytes, &data, sizeof(data));
	memcpy(r.bytes + sizeof(data), KEY, KEY_LEN);
	return r;
}

/* Add the rules, or remove them. */
static enum err change(struct netlink *s, uint16_t type)
{
	static const uint32_t compat[] = SECCOMP_COMPAT;
	const struct rule rules[2] = {rule_for(SECCOMP_ARCH, SYS_execve, SYS_execveat),
				      rule_for(compat[0], compat[1], compat[2])};
	uint8_t memory[sizeof(struct rule) + 64];
	enum err err = ERR_OK;

	if (AUDIT_WORD(SYS_execve) >= AUDIT_BITMASK_SIZE)
		return ERR_UNSUPPORTED;
	for (unsigned i = 0; i < (compat[0] ? 2 : 1) && (err == ERR_OK || type == AUDIT_DEL_RULE); i++) {
		struct netlink_out o = netlink_over(memory, sizeof(memory));

		netlink_begin(&o, type, NLM_F_ACK);
		err = ask(s, &o, view_over(rules[i].bytes, sizeof(rules[i].bytes)), NULL);
		/* Left by a caltropd that was killed; or a kernel that has no such programs. */
		if (err == ERR_EXISTS || (i == 1 && err == ERR_INVALID))
			err = ERR_OK;
	}
	return err;
}

enum err audit_rules_add(void)
{
	struct audit_status on = {.mask = AUDIT_STATUS_ENABLED, .enabled = 1};
	struct netlink s;
	uint8_t memory[sizeof(on) + 64];
	struct netlink_out o = netlink_over(memory, sizeof(memory));
	uint32_t enabled = 0;
	enum err err = open_audit(&s);

	if (err == ERR_OK)
		err = ask_enabled(&s, &enabled);
	if (err == ERR_OK && !enabled) {
		netlink_begin(&o, AUDIT_SET, NLM_F_ACK);
		err = ask(&s, &o, view_over(&on, sizeof(on)), NULL);
	}
	if (err == ERR_OK)
		err = change(&s, AUDIT_ADD_RULE);
	netlink_close(&s);
	if (err != ERR_OK)
		audit_rules_remove();
	return err;
}

void audit_rules_remove(void)
{
	struct netlink s;

	if (open_audit(&s) == ERR_OK)
		(void)change(&s, AUDIT_DEL_RULE);
	netlink_close(&s);
}
