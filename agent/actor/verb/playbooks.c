/* SPDX-License-Identifier: Apache-2.0 */
/* Judges playbooks that are bound to incidents, and knows those that are here. It runs none: play.c does. */
#include "agent/actor/verb/playbooks.h"

#include "agent/actor/sys/playbook_file.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/actor.h"
#include "agent/base/clock.h"
#include "agent/base/hash.h"
#include "agent/base/say.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLACK_S 86400 /* by which the clocks of a desk and of a device may differ */

static struct playbook_file file; /* the one being looked at */

static enum err no(char why[MESSAGE_TEXT_MAX], enum err err, const char *text)
{
	snprintf(why, MESSAGE_TEXT_MAX, "%.*s", MESSAGE_TEXT_MAX - 1, text);
	return err;
}

static bool is_withdrawn(const struct playbook_file *f)
{
	return str_equal((struct str){f->bytes, f->len}, STR(PLAYBOOK_WITHDRAWN));
}

static bool is_ours(const struct playbook_file *f, const struct object *o)
{
	uint8_t digest[32];

	key_sha256(f->bytes, f->len, digest);
	return f->len == o->size && key_equal(digest, o->sha256, sizeof(digest));
}

static enum err check_end(const struct playbook *p, char why[MESSAGE_TEXT_MAX])
{
	int64_t left_s = p->until_s - clock_wall_us() / SECOND_US;

	if (!p->bound || p->until_s == 0)
		return no(why, ERR_INVALID, "it is run by hand: only a playbook that is bound to incidents is kept");
	if (left_s > (int64_t)PLAYBOOK_LASTS_MAX_S + SLACK_S)
		return no(why, ERR_NOT_YET, "it would run for more than 400 days, or this device's clock is not set");
	if (left_s > 0)
		return ERR_OK;
	snprintf(why, MESSAGE_TEXT_MAX, "it expired %lld s ago", (long long)-left_s);
	return ERR_EXPIRED;
}

static enum err check(const struct actor *a, const struct playbook *p, const struct object *o,
		      char why[MESSAGE_TEXT_MAX])
{
	if (strcmp(p->name, o->name) != 0) {
		snprintf(why, MESSAGE_TEXT_MAX, "its own name is '%s'", p->name);
		return ERR_INVALID;
	}
	for (unsigned i = 0; i < p->step_count; i++)
		if (!act_row(a, p->steps[i].args.verb)) {
			snprintf(why, MESSAGE_TEXT_MAX, "this build cannot '%s'", verb_name(p->steps[i].args.verb));
			return ERR_UNSUPPORTED;
		}
	return check_end(p, why);
}

/* Whether those who signed it may have this device do all that. */
static enum err check_signers(struct actor *a, const struct object_seal *s, const struct playbook *p,
			      char why[MESSAGE_TEXT_MAX])
{
	const struct mandate_signed given = {
		s->statement,	    s->statement_len,  s->signatures,
		s->signature_count, playbook_verbs(p), UINT64_C(1) << object_kind_named(PLAYBOOK_KIND)->number};
	char text[MANDATE_WHY_MAX] = "";
	unsigned needed = mandate_needed(&a->mandate, given.verbs, playbook_signatures(p));
	enum err err = mandate_signatures(&a->mandate, &given, needed, text);

	return err == ERR_OK ? ERR_OK : no(why, err, text);
}

/* -- arrival -- */

static struct playbooks_row *row_named(struct actor *a, const char *name)
{
	for (unsigned i = 0; i < PLAYBOOKS_MAX; i++)
		if (strcmp(a->playbooks.rows[i].name, name) == 0)
			return &a->playbooks.rows[i];
	return NULL;
}

static enum err decode(struct actor *a, const struct object *o, struct playbook *out, char why[MESSAGE_TEXT_MAX])
{
	char text[PLAYBOOK_WHY_MAX];
	enum err err;

	if (!is_ours(&file, o))
		return no(why, ERR_CORRUPT, "its bytes do not have the hash that was signed");
	err = playbook_decode((struct str){file.bytes, file.len}, out, text);
	if (err == ERR_OK)
		return check(a, out, o, why);
	snprintf(why, MESSAGE_TEXT_MAX, "%.*s", (int)strcspn(text, "."), text);
	return err;
}

static enum err judge_steps(struct actor *a, const struct object *o, char why[MESSAGE_TEXT_MAX])
{
	static struct playbook p;
	enum err err = decode(a, o, &p, why);

	if (err == ERR_OK)
		err = check_signers(a, &file.seal, &p, why);
	if (err != ERR_OK || row_named(a, o->name) || row_named(a, ""))
		return err;
	snprintf(why, MESSAGE_TEXT_MAX, "this device keeps %d playbooks already", PLAYBOOKS_MAX);
	return ERR_FULL;
}

enum err playbooks_judge(struct actor *a, const struct objects_given *g, char why[MESSAGE_TEXT_MAX])
{
	enum err err = playbook_file_bytes(g->from, &file);

	if (err != ERR_OK)
		return no(why, err, "what was fetched of it is no playbook");
	file.seal.statement_len = g->message->statement_len;
	file.seal.signature_count = g->message->signature_count;
	memcpy(file.seal.statement, g->message->statement, sizeof(file.seal.statement));
	memcpy(file.seal.signatures, g->message->signatures, sizeof(file.seal.signatures));
	/* What only takes something back is signed as any object is. */
	if (!is_withdrawn(&file) || !is_ours(&file, g->object))
		err = judge_steps(a, g->object, why);
	if (err != ERR_OK)
		return err;
	/* Before the object: a seal without its object is found by the hash, and the object is fetched again. */
	err = object_seal_keep(g->dir, g->object->name, &file.seal);
	return err == ERR_OK ? ERR_OK : no(why, err, "who signed it cannot be written down");
}

/* -- what is here -- */

static void learn(struct playbooks_row *row, const struct playbook *p)
{
	row->level = p->level;
	row->until_s = p->until_s;
	row->listed = p->rule_count || p->tag_count;
	row->doubts = false;
	row->word_count = 0;
	for (unsigned i = 0; i < p->rule_count; i++)
		row->words[row->word_count++] = hash_name(p->rules[i]);
	for (unsigned i = 0; i < p->tag_count; i++)
		row->words[row->word_count++] = hash_name(p->tags[i]);
	for (unsigned i = 0; i < p->step_count; i++)
		row->doubts |= p->steps[i].args.verb != VERB_BAN;
}

/* Health tells of those that run, and of one that does not. */
static void tell(struct actor *a)
{
	struct actor_health *h = &a->health;
	const struct playbooks_row *bad = NULL;

	h->playbooks = h->playbooks_doubt = 0;
	for (unsigned i = 0; i < PLAYBOOKS_MAX; i++) {
		const struct playbooks_row *row = &a->playbooks.rows[i];

		if (row->name[0] && row->state != ERR_OK)
			bad = row;
		h->playbooks += row->name[0] && row->state == ERR_OK;
		h->playbooks_doubt |= row->name[0] && row->state == ERR_OK && row->doubts;
	}
	if (!bad)
		h->playbook_why[0] = '\0';
}

/* Reads `file`; nothing stays in it of another one. */
static enum err read_file(const struct actor *a, const char *name)
{
	int dir = openat(a->objects.dir, PLAYBOOK_KIND, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	enum err err = dir >= 0 ? ERR_OK : err_from_errno(errno);

	file.len = 0;
	if (err == ERR_OK)
		err = playbook_file_read(dir, name, &file);
	if (dir >= 0)
		close(dir);
	return err;
}

static enum err read_it(struct actor *a, const struct playbooks_row *row, struct playbook *out,
			char why[MESSAGE_TEXT_MAX])
{
	bool known = row->state == ERR_OK && memcmp(row->stamp, a->mandate.trust_stamp, sizeof(row->stamp)) == 0;
	enum err err = read_file(a, row->name);
	char text[OBJECT_WHY_MAX];
	struct object o;

	if (err != ERR_OK)
		return no(why, err, "it cannot be read, or who signed it");
	if (is_withdrawn(&file))
		return no(why, ERR_NOT_FOUND, "it was withdrawn");
	err = object_decode((struct str){(const char *)file.seal.statement, file.seal.statement_len}, &o, text);
	if (err != ERR_OK || object_kind(o.kind) != object_kind_named(PLAYBOOK_KIND) || strcmp(o.name, row->name) != 0)
		return no(why, ERR_CORRUPT, "who signed it is not known");
	if (o.group[0] && a->mandate.trust_state == ERR_OK && strcmp(o.group, a->mandate.trust.group) != 0)
		return no(why, ERR_WRONG_TARGET, "it is for devices of another group");
	err = decode(a, &o, out, why);
	return err == ERR_OK && !known ? check_signers(a, &file.seal, out, why) : err;
}

enum err playbooks_read(struct actor *a, struct playbooks_row *row, struct playbook *out)
{
	char why[MESSAGE_TEXT_MAX] = "";

	mandate_refresh(&a->mandate, a->trust_path);
	row->state = read_it(a, row, out, why);
	memcpy(row->stamp, a->mandate.trust_stamp, sizeof(row->stamp));
	if (row->state == ERR_OK) {
		learn(row, out);
	} else if (is_withdrawn(&file)) {
		row->name[0] = '\0';
	} else {
		say(SAY_WARNING, "playbook %s does not run: %s", row->name, why);
		snprintf(a->health.playbook_why, sizeof(a->health.playbook_why), "%.39s: %.75s", row->name, why);
	}
	tell(a);
	return row->state;
}

static void load(struct actor *a, const char *name)
{
	static struct playbook p;
	struct playbooks_row *row = row_named(a, name);

	if (!row)
		row = row_named(a, "");
	if (!row)
		return;
	*row = (struct playbooks_row){.state = ERR_UNTRUSTED}; /* it is looked at */
	snprintf(row->name, sizeof(row->name), "%s", name);
	(void)!playbooks_read(a, row, &p);
}

void playbooks_arrived(struct actor *a, const struct object *object)
{
	load(a, object->name);
}

void playbooks_open(struct actor *a)
{
	int fd = openat(a->objects.dir, PLAYBOOK_KIND, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *list = fd >= 0 ? fdopendir(fd) : NULL;

	if (!list) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (struct dirent *e; (e = readdir(list)) != NULL;)
		if (object_name_valid(e->d_name))
			load(a, e->d_name);
	closedir(list);
}

void playbooks_recheck(struct actor *a)
{
	static struct playbook p;

	for (unsigned i = 0; i < PLAYBOOKS_MAX; i++) {
		struct playbooks_row *row = &a->playbooks.rows[i];

		if (row->name[0] && memcmp(row->stamp, a->mandate.trust_stamp, sizeof(row->stamp)) != 0)
			(void)!playbooks_read(a, row, &p);
	}
}
