/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the delegation in force and holds the service's offers to it. It counts in the ledger, and believes no core. */
#include "agent/actor/verb/immunity.h"

#include "agent/actor/sys/object_seal.h"
#include "agent/actor/verb/actor.h"
#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/regular.h"
#include "agent/base/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Half of the ledger is left to this device's own bans, whatever a delegation says. */
#define MOST_MAX (CONFIG_EFFECTS_MAX / 2)

/* One as it is kept or was fetched. */
struct held {
	char text[DELEGATION_BYTES_MAX + 1];
	size_t len;
	struct object_seal seal;
};

static enum err no(char why[MESSAGE_TEXT_MAX], enum err err, const char *text)
{
	snprintf(why, MESSAGE_TEXT_MAX, "%.*s", MESSAGE_TEXT_MAX - 1, text);
	return err;
}

static enum err read_terms(const struct held *h, struct delegation *out, char why[MESSAGE_TEXT_MAX])
{
	char text[DELEGATION_WHY_MAX];
	enum err err = delegation_read((struct str){h->text, h->len}, out, text);

	if (err != ERR_OK)
		return no(why, err, text);
	if (out->most <= MOST_MAX)
		return ERR_OK;
	snprintf(why, MESSAGE_TEXT_MAX, "it is for %u addresses at a time, and this device takes %u",
		 (unsigned)out->most, (unsigned)MOST_MAX);
	return ERR_TOO_LONG;
}

/* Who delegates bans may order bans. */
static enum err check_signers(const struct actor *a, const struct object_seal *s, char why[MESSAGE_TEXT_MAX])
{
	const uint64_t verbs = UINT64_C(1) << VERB_BAN;
	const struct mandate_signed given = {s->statement,  s->statement_len,
					     s->signatures, s->signature_count,
					     verbs,	    UINT64_C(1) << object_kind_named(DELEGATION_KIND)->number};
	char text[MANDATE_WHY_MAX] = "";
	enum err err = mandate_signatures(&a->mandate, &given, mandate_needed(&a->mandate, verbs, 1), text);

	return err == ERR_OK ? ERR_OK : no(why, err, text);
}

enum err immunity_judge(struct actor *a, const struct objects_given *g, char why[MESSAGE_TEXT_MAX])
{
	static struct held h;
	struct delegation d;
	enum err err = regular_read(g->from, h.text, sizeof(h.text), &h.len);

	if (err != ERR_OK)
		return no(why, err, "what was fetched of it is no delegation");
	h.seal.statement_len = g->message->statement_len;
	h.seal.signature_count = g->message->signature_count;
	memcpy(h.seal.statement, g->message->statement, sizeof(h.seal.statement));
	memcpy(h.seal.signatures, g->message->signatures, sizeof(h.seal.signatures));
	err = read_terms(&h, &d, why);
	if (err == ERR_OK)
		err = check_signers(a, &h.seal, why);
	if (err != ERR_OK)
		return err;
	/* Before the object: a seal without its object is found by the hash, and the object is fetched again. */
	err = object_seal_keep(g->dir, DELEGATION_OBJECT, &h.seal);
	return err == ERR_OK ? ERR_OK : no(why, err, "who signed it cannot be written down");
}

static enum err read_held(const struct actor *a, struct held *h)
{
	int dir = openat(a->objects.dir, DELEGATION_KIND, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), fd = -1;
	enum err err = dir >= 0 ? regular_open(dir, DELEGATION_OBJECT, O_RDONLY, &fd) : err_from_errno(errno);

	if (err == ERR_OK)
		err = regular_read(fd, h->text, sizeof(h->text), &h->len);
	/* One whose seal is lost is there all the same, and not in force. */
	if (err == ERR_OK && object_seal_load(dir, DELEGATION_OBJECT, &h->seal) != ERR_OK)
		err = ERR_CORRUPT;
	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	return err;
}

/* Whether its statement is about these bytes and this device. */
static enum err check_statement(const struct actor *a, const struct held *h, char why[MESSAGE_TEXT_MAX])
{
	char text[OBJECT_WHY_MAX];
	uint8_t digest[32];
	struct object o;
	enum err err = object_decode((struct str){(const char *)h->seal.statement, h->seal.statement_len}, &o, text);

	key_sha256(h->text, h->len, digest);
	if (err != ERR_OK || object_kind(o.kind) != object_kind_named(DELEGATION_KIND) ||
	    strcmp(o.name, DELEGATION_OBJECT) != 0 || h->len != o.size || !key_equal(digest, o.sha256, sizeof(digest)))
		return no(why, ERR_CORRUPT, "who signed it is not known");
	if (o.group[0] && a->mandate.trust_state == ERR_OK && strcmp(o.group, a->mandate.trust.group) != 0)
		return no(why, ERR_WRONG_TARGET, "it is for devices of another group");
	return ERR_OK;
}

static enum err load(const struct actor *a, struct delegation *out, char why[MESSAGE_TEXT_MAX])
{
	static struct held h;
	enum err err = read_held(a, &h);

	if (err != ERR_OK)
		return no(why, err, "it cannot be read, or who signed it");
	err = check_statement(a, &h, why);
	if (err == ERR_OK)
		err = check_signers(a, &h.seal, why);
	return err == ERR_OK ? read_terms(&h, out, why) : err;
}

void immunity_open(struct actor *a)
{
	struct immunity *i = &a->immunity;
	char *told = a->health.immunity_why;
	char why[MESSAGE_TEXT_MAX] = "";
	struct delegation d;
	enum err err = load(a, &d, why);

	memset(&i->delegation, 0, sizeof(i->delegation));
	memset(told, 0, sizeof(a->health.immunity_why));
	memcpy(i->stamp, a->mandate.trust_stamp, sizeof(i->stamp));
	if (err == ERR_OK)
		i->delegation = d;
	if (err == ERR_OK || err == ERR_NOT_FOUND)
		return;
	say(SAY_WARNING, "the delegation that is kept is not in force: %s", why);
	snprintf(told, sizeof(a->health.immunity_why), "%.110s", why);
}

void immunity_arrived(struct actor *a, const struct object *object)
{
	(void)object;
	immunity_open(a);
}

void immunity_recheck(struct actor *a)
{
	if (memcmp(a->immunity.stamp, a->mandate.trust_stamp, sizeof(a->immunity.stamp)) != 0)
		immunity_open(a);
}

bool immunity_is_delegated(const struct actor *a)
{
	return a->immunity.delegation.most > 0;
}

/* How many addresses are banned so, without the one that is offered. */
static uint32_t in_force(const struct actor *a, const struct addr *offered)
{
	uint32_t count = 0;

	for (unsigned i = 0; i < a->ledger.count; i++) {
		const struct effect *e = &a->ledger.rows[i];

		count += e->origin == ORIGIN_IMMUNITY && e->verb == VERB_BAN && !addr_equal(&e->addr, offered);
	}
	return count;
}

enum err immunity_allows(struct actor *a, struct act_request *q, char why[DELEGATION_WHY_MAX])
{
	const struct delegation_ask ask = {
		.addr = q->args.addr,
		.wall_s = clock_wall_us() / SECOND_US,
		.in_force = in_force(a, &q->args.addr),
	};

	/* It is of no rule and no incident of this device, whatever the core says. */
	memset(q->rule, 0, sizeof(q->rule));
	memset(q->incident, 0, sizeof(q->incident));
	if (q->args.verb != VERB_BAN || q->args.include_me) {
		snprintf(why, DELEGATION_WHY_MAX, "a delegation is for bans alone");
		return ERR_DENIED;
	}
	return delegation_allows(&a->immunity.delegation, &ask, &q->args.duration_s, why);
}
