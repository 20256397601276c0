/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verbs `policy` and `lift`: a whole packet-filter policy (proto/filter.h) in force. One that an order key signed
 * comes as an object; one of root at this device lies in STATE_DIR/actor, because only root can write there: the core,
 * which carries both requests, decides nothing.
 *
 * A new policy is on trial: the ledger has it with an end. When the service is heard through it, or root confirms his
 * own, the end is taken away and its file takes the kept one's name. Else its end comes, and the kept one is put in
 * force again, or none. The ledger's record has the mark of the file that is meant, so that whichever of its names it
 * has after a crash, the right one is put in force. The file of one on trial stays until the ledger has the next one's
 * mark.
 */
#include "agent/actor/verb/policy.h"

#include "agent/actor/sys/filter_file.h"
#include "agent/actor/sys/netfilter_filter.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/firewall.h"
#include "agent/base/clock.h"
#include "agent/base/say.h"
#include "agent/common/policy_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MARK_BYTES sizeof(uint64_t)
#define LEASE_S VERB_LEASE_MIN_S /* of a trial, which ends before */

static const struct verb_args this_verb = {.verb = VERB_POLICY};

/* What was asked for last, and what the ledger has: each is read before it is used. */
static struct filter_file asked, meant;

/* What only the device knows. */
struct hosts_of {
	struct addr service[NFT_FILTER_HOSTS_MAX], resolvers[NFT_FILTER_HOSTS_MAX];
};

static unsigned collect(const struct rails_hosts *h, enum rails_kind kind, struct addr out[NFT_FILTER_HOSTS_MAX])
{
	unsigned count = 0;

	for (unsigned i = 0; i < h->count && count < NFT_FILTER_HOSTS_MAX; i++)
		if (h->rows[i].kind == kind)
			out[count++] = h->rows[i].addr;
	return count;
}

static struct nft_filter filter_of(const struct actor *a, const struct filter *policy, struct hosts_of *hosts)
{
	return (struct nft_filter){
		.policy = policy,
		.service = hosts->service,
		.service_count = collect(&a->rails_hosts, RAILS_SERVER, hosts->service),
		.service_port = a->settings.server_host[0] ? a->settings.server_port : 0,
		.resolvers = hosts->resolvers,
		.resolver_count = collect(&a->rails_hosts, RAILS_RESOLVER, hosts->resolvers),
		.guard_uid = a->child.uid,
		.log_group = (uint16_t)a->settings.firewall_group,
	};
}

static enum err put_in_force(struct actor *a, const struct filter *policy)
{
	struct hosts_of hosts;
	const struct nft_filter f = filter_of(a, policy, &hosts);

	return netfilter_filter_set(&a->netfilter, &f);
}

static enum err check(struct actor *a, const struct filter *policy)
{
	struct hosts_of hosts;
	const struct nft_filter f = filter_of(a, policy, &hosts);

	return netfilter_filter_check(&a->netfilter, &f);
}

/* -- what the ledger means -- */

static struct effect *in_ledger(struct actor *a)
{
	return ledger_find(&a->ledger, &this_verb);
}

/* Root's own has a time, the service's a lease, by which the core knows that it is to tell when it heard it. */
static bool on_trial(struct actor *a, const struct effect *e)
{
	return e->duration_s > 0 || ledger_more(&a->ledger, e)->args.lease_s > 0;
}

/* Read the policy that an effect is about into `meant`, under whichever name it lies. */
static enum err read_meant(struct actor *a, const struct effect *e)
{
	static const char *const names[] = {POLICY_FILES_TRIAL, POLICY_FILES_KEPT, POLICY_FILES_NEXT};
	const struct effect_more *more = ledger_more(&a->ledger, e);
	uint64_t mark = 0;

	if (more->undo_len == MARK_BYTES)
		memcpy(&mark, more->undo, MARK_BYTES);
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (filter_file_read(a->state_dir, names[i], &meant) != ERR_OK || meant.mark != mark)
			continue;
		/* The guard died before it could, and the next trial's file is to be written there. */
		if (strcmp(names[i], POLICY_FILES_NEXT) == 0)
			(void)!filter_file_rename(a->state_dir, POLICY_FILES_NEXT, POLICY_FILES_TRIAL);
		return ERR_OK;
	}
	return ERR_NOT_FOUND;
}

/* Nothing is on trial any more. */
static enum err forget_files(struct actor *a)
{
	enum err err = filter_file_remove(a->state_dir, POLICY_FILES_TRIAL);

	return err == ERR_OK ? filter_file_remove(a->state_dir, POLICY_FILES_NEXT) : err;
}

/* The file first: a record without an end is only ever about a file that has the kept name, or will not lose its own.
 */
static enum err keep(struct actor *a, struct effect *e)
{
	enum err err = read_meant(a, e);

	if (err == ERR_OK)
		err = filter_file_write(a->state_dir, POLICY_FILES_KEPT, &meant);
	if (err == ERR_OK)
		err = effect_lasting(a, e, (const uint8_t *)&meant.mark, MARK_BYTES);
	if (err == ERR_OK)
		(void)!forget_files(a);
	return err;
}

static void policy_heard(struct actor *a)
{
	struct effect *e = in_ledger(a);

	if (e && on_trial(a, e) && e->origin == ORIGIN_ORDER && keep(a, e) == ERR_OK)
		effect_report(a, e, RECEIPT_DONE, "the service was heard through the packet-filter policy: it is kept");
}

/* -- asking for one -- */

enum wish { WISH_POLICY, WISH_CONFIRM, WISH_LIFT };

static enum wish wish_of(const struct action *action)
{
	const struct str words = {(const char *)asked.bytes, asked.len};

	if (action->receipt.origin != ORIGIN_LOCAL)
		return WISH_POLICY;
	if (str_equal(words, STR(POLICY_FILES_CONFIRM)))
		return WISH_CONFIRM;
	return str_equal(words, STR(POLICY_FILES_LIFT)) ? WISH_LIFT : WISH_POLICY;
}

static enum err read_object(struct actor *a)
{
	int dir = openat(a->objects.dir, "policy", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	enum err err = dir >= 0 ? filter_file_bytes(dir, POLICY_OBJECT, &asked) : err_from_errno(errno);

	if (dir >= 0)
		close(dir);
	return err;
}

static enum err read_asked(struct actor *a, struct action *action)
{
	bool local = action->receipt.origin == ORIGIN_LOCAL;
	enum err err = local ? filter_file_bytes(a->state_dir, POLICY_FILES_ASKED, &asked) : read_object(a);

	if (err == ERR_NOT_FOUND)
		snprintf(action->why, sizeof(action->why), "%s",
			 local ? "root has asked for none (caltrop local policy)" : "none was sent to this device");
	else if (err != ERR_OK)
		snprintf(action->why, sizeof(action->why), "it cannot be read: %s", err_text(err));
	return err;
}

static bool is_decoy(const struct settings *s, uint16_t port)
{
	for (unsigned i = 0; i < s->decoy_count; i++)
		if (s->decoys[i] == port)
			return s->firewall;
	return false;
}

static enum err policy_rails(struct actor *a, struct action *action)
{
	const struct filter *f = &asked.filter;
	char why[FILTER_WHY_MAX];
	struct addr service[NFT_FILTER_HOSTS_MAX];
	const char *lacks;
	enum err err = read_asked(a, action);

	if (err != ERR_OK || wish_of(action) != WISH_POLICY)
		return err;
	err = filter_file_decode(&asked, why);
	if (err != ERR_OK) {
		snprintf(action->why, sizeof(action->why), "%.*s", ACTION_WHY_MAX - 1, why);
		return err;
	}
	lacks = netfilter_filter_lacks(&a->netfilter, f);
	if (lacks) {
		snprintf(action->why, sizeof(action->why), "this kernel lacks %s of iptables", lacks);
		return ERR_UNSUPPORTED;
	}
	for (unsigned i = 0; i < f->decoy_count; i++)
		if (!is_decoy(&a->settings, f->decoys[i])) {
			snprintf(action->why, sizeof(action->why),
				 "port %u is no decoy here: add it to [firewall] decoy, with enabled = yes",
				 f->decoys[i]);
			return ERR_INVALID;
		}
	if (f->drops[FILTER_OUT] && a->settings.server_host[0] && !collect(&a->rails_hosts, RAILS_SERVER, service)) {
		snprintf(action->why, sizeof(action->why),
			 "the address of the service is not known: it would be cut off");
		return ERR_PROTECTED;
	}
	return ERR_OK;
}

static enum err no(struct action *action, enum err err, const char *what)
{
	const char *why = err_text(err);

	if (err == ERR_UNSUPPORTED)
		why = "it lacks ct, limit, log or socket of nf_tables, or a match of iptables";
	if (err == ERR_TOO_LONG)
		why = "its rules are too many for one table";
	snprintf(action->why, sizeof(action->why), "%s: %s", what, why);
	return err;
}

static enum err policy_reconcile(struct actor *a, unsigned *missing)
{
	struct effect *e = in_ledger(a);
	const char *lacks;
	enum err err;

	if (!e) {
		err = netfilter_filter_clear(&a->netfilter);
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	}
	/* The next tick puts the kept one in force, or says that there is none. */
	if (effect_is_over(a, e))
		return ERR_OK;
	if (read_meant(a, e) != ERR_OK) {
		effect_end_now(a, e);
		return ERR_OK;
	}
	if (check(a, &meant.filter) == ERR_OK)
		return ERR_OK;
	++*missing;
	lacks = netfilter_filter_lacks(&a->netfilter, &meant.filter);
	/* One of before the settings or the kernel changed, and bans do not wait for it. */
	if (lacks) {
		say(SAY_ERR, "the packet-filter policy is not in force: this kernel lacks %s of iptables", lacks);
		return ERR_OK;
	}
	err = put_in_force(a, &meant.filter);
	return err == ERR_OK ? check(a, &meant.filter) : err;
}

/* The transaction that failed changed nothing; the one that was kept, if any, is what the ledger means again. */
static void forget_trial(struct actor *a)
{
	struct effect *e = in_ledger(a);
	unsigned missing = 0;

	if (filter_file_read(a->state_dir, POLICY_FILES_KEPT, &meant) != ERR_OK)
		effect_drop(a, e);
	else
		(void)!effect_lasting(a, e, (const uint8_t *)&meant.mark, MARK_BYTES);
	(void)!forget_files(a);
	(void)!policy_reconcile(a, &missing);
}

static enum err begin_trial(struct actor *a, struct action *action)
{
	bool local = action->receipt.origin == ORIGIN_LOCAL;
	const struct effect_terms terms = {local ? a->settings.confirm_s : 0, (const uint8_t *)&asked.mark, MARK_BYTES};
	enum err err = filter_file_write(a->state_dir, POLICY_FILES_NEXT, &asked);

	if (err != ERR_OK)
		return no(action, err, "it cannot be written down");
	if (!local && action->receipt.args.lease_s == 0)
		action->receipt.args.lease_s = LEASE_S;
	err = effect_note(a, action, &terms);
	if (err != ERR_OK) {
		(void)!filter_file_remove(a->state_dir, POLICY_FILES_NEXT);
		return err;
	}
	err = filter_file_rename(a->state_dir, POLICY_FILES_NEXT, POLICY_FILES_TRIAL);
	if (err == ERR_OK)
		err = put_in_force(a, &asked.filter);
	if (err == ERR_OK)
		return ERR_OK;
	forget_trial(a);
	return no(action, err, "the kernel does not take it");
}

/* What others filter besides, which decides, too: the first of it in the receipt, more in the log. */
static void say_others(struct actor *a, struct actor_receipt *r)
{
	size_t len = strlen(r->text), room = sizeof(r->text) - len;
	const struct nft_others_rule *first;
	struct nft_others o;

	if (netfilter_filter_others(&a->netfilter, &o) != ERR_OK)
		return;
	first = &o.named[0];
	if (o.rules > 1)
		snprintf(r->text + len, room, "; rule %" PRIu64 " of %s and %u more drop, too", first->handle,
			 first->place, o.rules - 1);
	else if (o.rules)
		snprintf(r->text + len, room, "; rule %" PRIu64 " of %s drops, too", first->handle, first->place);
	else if (o.dropping)
		snprintf(r->text + len, room, "; table %s drops, too", o.drops);
	else if (o.filtering)
		snprintf(r->text + len, room, "; table %s cannot accept what this drops", o.filters);
	for (unsigned i = 0; i < o.rules && i < NFT_OTHERS_RULES_MAX; i++)
		say(SAY_NOTICE,
		    "packets that the packet-filter policy lets through may be dropped %s it by rule %" PRIu64 " of %s",
		    o.named[i].before ? "before" : "behind", o.named[i].handle, o.named[i].place);
}

static enum err apply_policy(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct effect *e = in_ledger(a);
	bool local = r->origin == ORIGIN_LOCAL;
	char span[16];

	if (e && !on_trial(a, e) && read_meant(a, e) == ERR_OK && meant.mark == asked.mark &&
	    check(a, &asked.filter) == ERR_OK) {
		r->result = RECEIPT_ALREADY;
		snprintf(r->text, sizeof(r->text), "this packet-filter policy is in force already");
		return ERR_OK;
	}
	snprintf(r->text, sizeof(r->text), "packet-filter policy in force, %u grants; it ends in %s unless %s",
		 asked.filter.grant_count, act_duration(a->settings.confirm_s, span),
		 local ? "root confirms it from a new session" : "the service is heard through it");
	say_others(a, r);
	return begin_trial(a, action);
}

static enum err apply_confirm(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct effect *e = in_ledger(a);
	enum err err;

	if (!e) {
		snprintf(action->why, sizeof(action->why), "no packet-filter policy is in force; a trial may be over");
		return ERR_NOT_FOUND;
	}
	if (!on_trial(a, e))
		r->result = RECEIPT_ALREADY;
	snprintf(r->text, sizeof(r->text), "the packet-filter policy is kept");
	err = on_trial(a, e) ? keep(a, e) : ERR_OK;
	return err == ERR_OK ? ERR_OK : no(action, err, "it cannot be written down");
}

/* Nothing is left that could come back. */
static enum err lift(struct actor *a, struct action *action)
{
	struct effect *e = in_ledger(a);
	enum err err = filter_file_remove(a->state_dir, POLICY_FILES_KEPT);

	if (err == ERR_OK)
		err = forget_files(a);
	if (err == ERR_OK)
		err = netfilter_filter_clear(&a->netfilter);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return no(action, err, "it cannot be taken away");
	if (e)
		effect_drop(a, e);
	else
		action->receipt.result = RECEIPT_ALREADY;
	snprintf(action->receipt.text, sizeof(action->receipt.text), "%s",
		 e ? "no packet-filter policy is in force any more" : "no packet-filter policy was in force");
	return ERR_OK;
}

static enum err policy_apply(struct actor *a, struct action *action)
{
	enum wish wish = wish_of(action);

	/* What root asked for is asked for once, whatever a core repeats. */
	if (action->receipt.origin == ORIGIN_LOCAL) {
		enum err err = filter_file_remove(a->state_dir, POLICY_FILES_ASKED);

		if (err != ERR_OK)
			return no(action, err, "the request cannot be taken away");
	}
	if (wish == WISH_CONFIRM)
		return apply_confirm(a, action);
	return wish == WISH_LIFT ? lift(a, action) : apply_policy(a, action);
}

static enum err policy_verify(struct actor *a, struct action *action)
{
	struct effect *e;

	(void)action;
	/* What the kernel told of others' changes until now is put back first. */
	firewall_watch(a);
	if (a->firewall != ERR_OK)
		return ERR_UNVERIFIED;
	e = in_ledger(a);
	if (!e)
		return netfilter_filter_clear(&a->netfilter) == ERR_NOT_FOUND ? ERR_OK : ERR_UNVERIFIED;
	return read_meant(a, e) == ERR_OK ? check(a, &meant.filter) : ERR_UNVERIFIED;
}

/* -- its end -- */

/* Its time is over: the kept one instead, and the effect is that one's. ERR_EXISTS says so. */
static enum err put_kept_back(struct actor *a, struct effect *e, char text[ACTION_WHY_MAX])
{
	enum err err = put_in_force(a, &meant.filter);

	if (err == ERR_OK)
		err = check(a, &meant.filter);
	if (err == ERR_OK)
		err = effect_lasting(a, e, (const uint8_t *)&meant.mark, MARK_BYTES);
	snprintf(text, ACTION_WHY_MAX, "%s",
		 err == ERR_OK ? "the packet-filter policy before it is in force again" : err_text(err));
	if (err == ERR_OK)
		(void)!forget_files(a);
	return err == ERR_OK ? ERR_EXISTS : err;
}

static enum err policy_revert(struct actor *a, const struct verb_args *args, const struct effect_more *more,
			      char text[ACTION_WHY_MAX])
{
	struct effect *e = in_ledger(a);
	enum err err;

	(void)args;
	(void)more;
	if (e && filter_file_read(a->state_dir, POLICY_FILES_KEPT, &meant) == ERR_OK)
		return put_kept_back(a, e, text);
	err = netfilter_filter_clear(&a->netfilter);
	if (err == ERR_OK || err == ERR_NOT_FOUND)
		(void)!forget_files(a);
	snprintf(text, ACTION_WHY_MAX, "%s", err == ERR_OK ? "no packet-filter policy is in force" : err_text(err));
	return err;
}

/* The service or a resolver has another address now. */
static void policy_recheck(struct actor *a)
{
	unsigned missing = 0;

	if (a->firewall == ERR_OK)
		(void)!policy_reconcile(a, &missing);
}

void policy_arrived(struct actor *a, const struct object *object)
{
	struct act_request q;

	(void)object;
	memset(&q, 0, sizeof(q));
	q.origin = ORIGIN_ORDER;
	q.args = this_verb;
	q.received_us = q.decided_us = clock_mono_us();
	act_begin(a, &q);
}

const struct action_row policy_row = {
	.verb = VERB_POLICY,
	.flags = ACTION_NEEDS_FIREWALL | ACTION_SYNC_BEFORE,
	.rails = policy_rails,
	.apply = policy_apply,
	.verify = policy_verify,
	.revert = policy_revert,
	.reconcile = policy_reconcile,
	.recheck = policy_recheck,
	.heard = policy_heard,
	.means = {&firewall_means, &addresses_means},
};

const struct action_row policy_lift_row = {
	.verb = VERB_LIFT,
	.flags = ACTION_NEEDS_FIREWALL,
	.rails = effect_undo_rails,
	.apply = lift,
	.verify = policy_verify,
	.means = {&firewall_means},
};
