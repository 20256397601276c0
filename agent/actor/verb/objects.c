/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Judges objects: form, group, signatures, version, room. The cheap tests come first. All of them are made twice,
 * before an object is fetched and before it is put in place, because the core may have said anything in between.
 */
#include "agent/actor/verb/objects.h"

#include "agent/actor/sys/object_file.h"
#include "agent/actor/sys/worker.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/playbooks.h"
#include "agent/actor/verb/policy.h"
#include "agent/base/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What this device makes of a kind. Without a row it takes none of that kind. */
struct objects_row {
	const char *kind;
	const char *name; /* the only one that its objects may have; NULL: any */
	/* It was fetched: may it be kept? NULL: who signed it says all. */
	enum err (*judge)(struct actor *a, const struct objects_given *given, char why[MESSAGE_TEXT_MAX]);
	/* It is in place: tell who uses it. NULL: nobody waits for it. */
	void (*arrived)(struct actor *a, const struct object *object);
};

/* clang-format off */
static const struct objects_row rows[] = {
	{"file", NULL, NULL, NULL},
	IF_ENABLED(CONFIG_RULES_SIGMA, ({"rules", OBJECTS_PACK, NULL, NULL},))
	IF_ENABLED(CONFIG_ACTION_POLICY, ({"policy", POLICY_OBJECT, NULL, policy_arrived},))
	IF_ENABLED(CONFIG_TUNING, ({TUNING_KIND, TUNING_OBJECT, tuning_judge, tuning_arrived},))
	IF_ENABLED(CONFIG_IMMUNITY, ({DELEGATION_KIND, DELEGATION_OBJECT, immunity_judge, immunity_arrived},))
	IF_ENABLED(CONFIG_PLAYBOOKS, ({PLAYBOOK_KIND, NULL, playbooks_judge, playbooks_arrived},))
};
/* clang-format on */

static const struct objects_row *row_of(const struct object *o)
{
	const struct object_kind *kind = object_kind(o->kind);

	for (size_t i = 0; kind && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].kind, kind->name) == 0)
			return &rows[i];
	return NULL;
}

static enum err no(char *why, enum err err, const char *text)
{
	snprintf(why, MESSAGE_TEXT_MAX, "%.*s", MESSAGE_TEXT_MAX - 1, text);
	return err;
}

static enum err check_signer(struct actor *a, const struct actor_object *m, const struct object_kind *kind, char *why)
{
	const struct mandate_signed given = {
		m->statement, m->statement_len, m->signatures, m->signature_count, 0, UINT64_C(1) << kind->number};
	char text[MANDATE_WHY_MAX] = "";
	enum err err;

	if (kind->signer != OBJECT_BY_ORDER_KEY)
		return no(why, ERR_UNSUPPORTED, "this build cannot check who signed an object of this kind");
	err = mandate_signatures(&a->mandate, &given, kind->signatures, text);
	return err != ERR_OK ? no(why, err, text) : ERR_OK;
}

static enum err check_form(struct actor *a, const struct actor_object *m, struct object *o, char *why)
{
	const struct str statement = {(const char *)m->statement, m->statement_len};
	char text[OBJECT_WHY_MAX];
	enum err err = object_decode(statement, o, text);

	if (err != ERR_OK)
		return no(why, err, text);
	if (object_kind(o->kind)->way != OBJECT_DOWN || !row_of(o))
		return no(why, ERR_UNSUPPORTED, "this device takes no objects of this kind");
	if (row_of(o)->name && strcmp(row_of(o)->name, o->name) != 0) {
		snprintf(why, MESSAGE_TEXT_MAX, "this device takes an object of this kind only by the name '%s'",
			 row_of(o)->name);
		return ERR_UNSUPPORTED;
	}
	mandate_refresh(&a->mandate, a->trust_path);
	if (o->group[0] && a->mandate.trust_state == ERR_OK && strcmp(o->group, a->mandate.trust.group) != 0)
		return no(why, ERR_WRONG_TARGET, "it is for devices of another group");
	return check_signer(a, m, object_kind(o->kind), why);
}

/*
 * The directory of a kind, which is made when there is none. The core reads in it, whatever umask a unit gives us. -1:
 * errno says why.
 */
static int open_kind(const struct actor *a, const char *kind)
{
	int fd;

	if (mkdirat(a->objects.dir, kind, 0755) != 0 && errno != EEXIST)
		return -1;
	fd = openat(a->objects.dir, kind, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0)
		(void)fchmod(fd, 0755);
	return fd;
}

int objects_open_packs(const struct actor *a)
{
	bool wanted = IS_ENABLED(CONFIG_RULES_SIGMA) && a->settings.pack && !a->settings.pack_file[0];

	return wanted ? open_kind(a, "rules") : -1;
}

static enum err check_version(int dir, const struct object *o, char *why)
{
	struct object_file_claim have;
	enum err err = object_file_claimed(dir, o->name, &have);
	bool same;

	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK && err != ERR_TRUNCATED)
		return no(why, err,
			  "what this device remembers of that object's versions is damaged; remove its .claim file");
	same = have.size == o->size && memcmp(have.sha256, o->sha256, sizeof(have.sha256)) == 0;
	if (o->version > have.version || (same && o->version == have.version && err == ERR_TRUNCATED))
		return ERR_OK;
	if (same && o->version == have.version)
		return no(why, ERR_EXISTS, "this very object is here already");
	snprintf(why, MESSAGE_TEXT_MAX, "version %llu was accepted before, and this is version %llu",
		 (unsigned long long)have.version, (unsigned long long)o->version);
	return ERR_REPLAYED;
}

/* All objects together stay below the setting. */
static enum err check_room(const struct actor *a, const struct object *o, char *why)
{
	uint64_t bytes = o->size;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < sizeof(rows) / sizeof(rows[0]); i++) {
		int dir = open_kind(a, rows[i].kind);
		bool own = strcmp(rows[i].kind, object_kind(o->kind)->name) == 0;

		err = dir < 0 ? err_from_errno(errno) : object_file_used(dir, own ? o->name : "", &bytes);
		if (dir >= 0)
			close(dir);
	}
	if (err == ERR_FULL)
		snprintf(why, MESSAGE_TEXT_MAX, "there are %d objects of one kind, and no room for more",
			 OBJECT_FILE_COUNT_MAX);
	else if (err != ERR_OK)
		snprintf(why, MESSAGE_TEXT_MAX, "the directory of objects cannot be read: %s", err_text(err));
	if (err != ERR_OK || bytes <= a->settings.objects_bytes_max)
		return err;
	snprintf(why, MESSAGE_TEXT_MAX, "the objects would be %llu bytes; [objects] size allows %u",
		 (unsigned long long)bytes, a->settings.objects_bytes_max);
	return ERR_FULL;
}

/* An object, and where it goes. */
struct place {
	struct object object;
	int dir; /* of its kind; -1: not open */
};

/* All that is known before its bytes are. The caller closes p->dir. */
static enum err check(struct actor *a, const struct actor_object *m, struct place *p, char *why)
{
	const struct object *o = &p->object;
	enum err err = check_form(a, m, &p->object, why);

	p->dir = -1;
	if (err != ERR_OK)
		return err;
	p->dir = open_kind(a, object_kind(o->kind)->name);
	if (p->dir < 0) {
		err = err_from_errno(errno);
		snprintf(why, MESSAGE_TEXT_MAX, "the directory of objects cannot be made: %s", err_text(err));
		return err;
	}
	err = check_version(p->dir, o, why);
	return err == ERR_OK ? check_room(a, o, why) : err;
}

static void answer(struct actor *a, const struct actor_object_answer *said, enum err err)
{
	union actor_message m;

	memset(&m, 0, sizeof(m));
	m.object_answer = *said;
	m.object_answer.err = (uint8_t)err;
	actor_send(a, &m);
}

/* Give the work to the worker, with the descriptors, which are closed when it is done. */
static enum err begin_put(struct actor *a, const struct place *p, int from, struct actor_object_answer *said)
{
	const struct object *o = &p->object;
	struct worker_job job = {.kind = WORKER_OBJECT};

	job.object.from = from;
	job.object.dir = p->dir;
	memcpy(job.object.name, o->name, sizeof(job.object.name));
	job.object.claim.version = o->version;
	job.object.claim.size = o->size;
	memcpy(job.object.claim.sha256, o->sha256, sizeof(job.object.claim.sha256));
	if (!worker_submit(&a->worker, &job))
		return no(said->text, ERR_BUSY, "the worker has too much to do");
	a->objects.busy = true;
	a->objects.from = job.object.from;
	a->objects.to = p->dir;
	a->objects.object = *o;
	a->objects.answer = *said;
	return ERR_OK;
}

/* It was fetched: judge it, and begin to put it in place. */
static enum err put(struct actor *a, const struct actor_object *m, const struct place *p,
		    struct actor_object_answer *said)
{
	char staged[OBJECT_STAGED_MAX];
	struct objects_given given = {.message = m, .object = &p->object, .dir = p->dir};
	enum err err = ERR_OK;

	if (a->objects.busy)
		return no(said->text, ERR_BUSY, "another object is being put in place");
	object_staged_name(said->id, staged);
	given.from = object_file_from(a->child.fds[CORE_FD_STATE], staged);
	if (given.from < 0)
		return no(said->text, ERR_NOT_FOUND, "what was fetched of it is not there");
	if (row_of(&p->object)->judge)
		err = row_of(&p->object)->judge(a, &given, said->text);
	if (err == ERR_OK)
		err = begin_put(a, p, given.from, said);
	if (err != ERR_OK)
		close(given.from);
	return err;
}

enum err objects_request(struct actor *a, const struct actor_object *m)
{
	struct actor_object_answer said = {.put = m->put};
	struct place p;
	enum err err;

	if (m->put > 1 || m->statement_len > MESSAGE_STATEMENT_MAX || m->signature_count > MESSAGE_SIGNATURES_MAX)
		return ERR_PROTOCOL;
	for (unsigned i = 0; i < m->signature_count; i++)
		if (m->signatures[i].len > MESSAGE_SIGNATURE_MAX)
			return ERR_PROTOCOL;
	said.header = (struct actor_header){MESSAGE_VERSION, ACTOR_OBJECT_ANSWER, sizeof(said), m->header.request_id};
	object_id((struct str){(const char *)m->statement, m->statement_len}, said.id);
	err = check(a, m, &p, said.text);
	if (err == ERR_OK && m->put) {
		err = put(a, m, &p, &said);
		if (err == ERR_OK)
			return ERR_OK;
	}
	if (p.dir >= 0)
		close(p.dir);
	answer(a, &said, err);
	return ERR_OK;
}

static const char *put_problem(enum err err)
{
	switch (err) {
	case ERR_CORRUPT: return "its bytes do not have the hash that was signed";
	case ERR_TRUNCATED: return "it is shorter than the statement says";
	case ERR_TOO_LONG: return "it is longer than the statement says";
	default: return NULL;
	}
}

void objects_put_done(struct actor *a, const struct worker_result *result)
{
	struct objects *s = &a->objects;
	enum err err = (enum err)result->err;
	char text[OBJECT_WHY_MAX];
	struct buf b = buf_over(text, sizeof(text) - 1);

	object_describe(&b, &s->object);
	text[b.len] = '\0';
	close(s->from);
	close(s->to);
	s->busy = false;
	if (err == ERR_OK && row_of(&s->object)->arrived)
		row_of(&s->object)->arrived(a, &s->object);
	if (err == ERR_OK)
		say(SAY_NOTICE, "keeps %s", text);
	else if (put_problem(err))
		snprintf(s->answer.text, sizeof(s->answer.text), "%s", put_problem(err));
	else
		snprintf(s->answer.text, sizeof(s->answer.text), "it cannot be put in place: %s", err_text(err));
	answer(a, &s->answer, err);
}
