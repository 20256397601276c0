/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By what findings belong together; the reasons stand in incident.h. Each key is a hash of its kind and its value,
 * under the guard's secret key. Never looks at an incident.
 */
#include "agent/incident/incident_table.h"

#include <string.h>

#define KIN_MAX 17u    /* the process and its parents */
#define OWN_PARENTS 2u /* the parent and its parent */

enum kind { KEY_ADDRESS = 1, KEY_ACCOUNT = 2, KEY_PROCESS = 3, KEY_FILE = 4, KEY_STORM = 5 };

static uint64_t key_of(const struct incidents *t, enum kind kind, struct str value)
{
	struct hash_key key = {t->rules->key.k0, t->rules->key.k1 ^ (uint64_t)kind << 32};

	return hash_bytes(&key, value.data, value.len) | 1;
}

static void see(struct incident_keys *out, uint64_t key)
{
	if (out->seen_count < INCIDENT_SEEN_MAX)
		out->seen[out->seen_count++] = key;
}

static void own(struct incident_keys *out, uint64_t key)
{
	if (out->own_count < INCIDENT_OWN_MAX)
		out->own[out->own_count++] = key;
	see(out, key);
}

static bool has_won(const struct finding_about *about)
{
	return about->attempt && about->attempt->class == ATTEMPT_SUCCESS;
}

/* Of a connection, src is often the device; and which one of many addresses made a count full means nothing. */
static void put_address(const struct incidents *t, const struct finding_about *about, struct incident_keys *out)
{
	struct subject_found found;

	if (about->attempt && about->rule->rule->subject != SUBJECT_SRC && !has_won(about))
		return;
	if (about->event->kind == EVENT_CONNECTION && about->event->connection.direction != CONNECTION_INCOMING)
		return;
	if (!subject_find(SUBJECT_SRC, about->event, about->attempt, &found) || addr_is_special(&found.addr))
		return;
	uint64_t group = rule_group(t->rules, &found.addr, found.text);

	own(out, key_of(t, KEY_ADDRESS, (struct str){(const char *)&group, sizeof(group)}));
}

static bool is_shared(const struct settings *s, struct str account)
{
	for (unsigned i = 0; i < s->shared_count; i++)
		if (str_equal(account, str_from(s->shared[i])))
			return true;
	return account.len == 0;
}

static void put_account(const struct incidents *t, const struct finding_about *about, struct incident_keys *out)
{
	struct subject_found found = {.text = STR_NONE};

	if (has_won(about))
		found.text = about->attempt->user;
	else if (about->rule->rule->subject == SUBJECT_ACCOUNT)
		subject_find(SUBJECT_ACCOUNT, about->event, about->attempt, &found);
	if (!is_shared(t->rules->set->settings, found.text))
		own(out, key_of(t, KEY_ACCOUNT, found.text));
}

/* The process that did it, or of a log-in the client's own; 0: not known. */
static uint32_t process_of(const struct event *event)
{
	if (event->kind == EVENT_AUTH && event->auth.shared)
		return 0;
	if (event->kind == EVENT_AUTH && event->auth.conversation)
		return event->auth.conversation;
	return subject_pid(event);
}

static uint64_t process_key(const struct incidents *t, const struct process_kin *process)
{
	uint64_t value[2] = {process->pid, process->start};

	return key_of(t, KEY_PROCESS, (struct str){(const char *)value, sizeof(value)});
}

/* The process and its parents, as far as they are known. */
static unsigned kin_of(const struct incidents *t, const struct event *event, uint32_t pid,
		       struct process_kin out[KIN_MAX])
{
	unsigned count = t->kin.lineage(t->kin.context, pid, out, KIN_MAX);

	if (count == 0)
		out[count++] = (struct process_kin){pid, 0};
	if (count == 1 && event->kind == EVENT_PROCESS && event->process.ppid)
		out[count++] = (struct process_kin){event->process.ppid, 0};
	return count;
}

/*
 * What init started is a daemon, whose children have nothing in common; so the last parent is no key of its own, and it
 * is one only where a log-in named it.
 */
static void put_process(const struct incidents *t, const struct finding_about *about, struct incident_keys *out)
{
	uint32_t pid = process_of(about->event);
	struct process_kin kin[KIN_MAX];
	unsigned count;

	if (pid <= 1)
		return;
	count = kin_of(t, about->event, pid, kin);
	if (kin[count - 1].pid == 1)
		count--;
	if (!about->attempt || has_won(about))
		own(out, process_key(t, &kin[0]));
	for (unsigned n = 1; n < count; n++) {
		bool is_daemon = n + 1 == count;

		if (!about->attempt && n <= OWN_PARENTS && !is_daemon)
			own(out, process_key(t, &kin[n]));
		else
			see(out, process_key(t, &kin[n]));
	}
}

/* Where every user may write, a program is nobody's tool. */
static bool is_open_to_all(struct str path)
{
	return str_starts(path, STR("/tmp/")) || str_starts(path, STR("/var/tmp/")) ||
	       str_starts(path, STR("/dev/shm/"));
}

static void put_file(const struct incidents *t, const struct finding_about *about, struct incident_keys *out)
{
	struct subject_found found;

	if (subject_find(SUBJECT_PROCESS, about->event, about->attempt, &found) && found.text.len) {
		uint64_t key = key_of(t, KEY_FILE, found.text);

		if (is_open_to_all(found.text))
			own(out, key);
		else
			see(out, key);
	}
	if (!subject_find(SUBJECT_FILE, about->event, about->attempt, &found))
		return;
	if (about->rule->rule->subject == SUBJECT_FILE)
		own(out, key_of(t, KEY_FILE, found.text));
	else
		see(out, key_of(t, KEY_FILE, found.text));
}

void incident_keys_of(const struct incidents *t, const struct finding_about *about, struct incident_keys *out)
{
	out->own_count = out->seen_count = 0;
	put_address(t, about, out);
	put_account(t, about, out);
	put_file(t, about, out);
	put_process(t, about, out);
}

static bool has(const struct incident *i, uint64_t key)
{
	for (unsigned n = 0; n < i->key_count; n++)
		if (i->keys[n] == key)
			return true;
	return false;
}

void incident_keys_put(struct incidents *t, struct incident *i, const struct incident_keys *keys)
{
	for (unsigned n = 0; n < keys->own_count; n++) {
		if (has(i, keys->own[n]))
			continue;
		if (i->key_count < INCIDENT_KEYS_MAX)
			i->keys[i->key_count++] = keys->own[n];
		else
			t->keys_left_out++;
	}
}

/*
 * The rule's row of incident_storm, in place of the one that began longest ago. If even that is of this minute, the
 * rule goes on from the lowest count: else rules that take turns in the rows would never be counted to the end.
 */
static struct incident_storm *storm_of(struct incidents *t, uint64_t rule)
{
	struct incident_storm *oldest = &t->storms[0], *least = oldest;

	for (unsigned n = 0; n < INCIDENT_STORMS_MAX; n++) {
		if (t->storms[n].rule == rule)
			return &t->storms[n];
		if (t->storms[n].since_us < oldest->since_us)
			oldest = &t->storms[n];
		if (t->storms[n].count < least->count)
			least = &t->storms[n];
	}
	if (t->work.now.mono_us - oldest->since_us <= MINUTE_US && oldest->count > 0) {
		least->rule = rule;
		return least;
	}
	*oldest = (struct incident_storm){.rule = rule, .since_us = t->work.now.mono_us};
	return oldest;
}

bool incident_storms(struct incidents *t, uint64_t rule, struct incident_keys *keys)
{
	struct incident_storm *storm = storm_of(t, rule);

	if (t->work.now.mono_us - storm->since_us > MINUTE_US)
		*storm = (struct incident_storm){.rule = rule, .since_us = t->work.now.mono_us};
	if (++storm->count <= INCIDENT_STORM)
		return false;
	keys->own_count = keys->seen_count = 0;
	own(keys, key_of(t, KEY_STORM, (struct str){(const char *)&rule, sizeof(rule)}));
	return true;
}
