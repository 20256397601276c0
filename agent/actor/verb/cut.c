/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `cut`: TCP connections with an address or network, of an account or of a process are destroyed by the kernel
 * (sys/cut.h), again and again until its list shows none of them, so that the last list is the proof. Who is cut off
 * may connect again: a ban keeps him out. Nothing to undo or to record.
 */
#include "agent/actor/sys/cut.h"

#include "agent/actor/sys/cut_sockets.h"
#include "agent/actor/sys/procs.h"
#include "agent/actor/verb/accounts.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/processes.h"

#include <stdio.h>

#define LOOKS_MAX 16 /* at the sockets of a process, which may open others while they are cut */

/* Which connections are meant. */
struct aim {
	const struct actor *a;
	const struct verb_args *args;
	uid_t uid;			   /* of the account */
	const struct cut_sockets *sockets; /* of the process */
	bool spared;			   /* some are left, because their address is one of never_ban */
};

/* What came of it. */
struct outcome {
	unsigned destroyed;
	bool spared;
	const char *left; /* why some may be left; NULL: none is */
};

static bool is_meant(const struct aim *aim, const struct cut_peer *peer)
{
	struct addr plain = addr_plain(&peer->peer);

	if (aim->args->addr.family)
		return addr_contains(&aim->args->addr, &plain) || addr_contains(&aim->args->addr, &peer->peer);
	if (aim->args->pid)
		return cut_sockets_has(aim->sockets, peer->inode);
	return peer->uid == aim->uid;
}

/* The guard's own link is of the core's user. */
static bool passes(void *context, const struct cut_peer *peer)
{
	struct aim *aim = context;

	if (!is_meant(aim, peer) || peer->uid == aim->a->child.uid)
		return true;
	if (aim->args->include_me || !rails_is_friend(&aim->a->settings, &aim->a->rails_hosts, &peer->peer))
		return false;
	aim->spared = true;
	return true;
}

static enum err refuse(struct action *action, enum err err, const char *why)
{
	snprintf(action->why, sizeof(action->why), "%s", why);
	return err;
}

/* A network of which never_ban has a part is cut but for that part. */
static enum err judge_address(const struct actor *a, struct action *action)
{
	const struct verb_args *args = &action->receipt.args;

	for (unsigned i = 0; i < a->settings.never_ban_count && !args->include_me; i++)
		if (addr_contains(&a->settings.never_ban[i], &args->addr))
			return refuse(action, ERR_PROTECTED, "never_ban covers it; include_me=yes cuts it");
	return ERR_OK;
}

/* The receipt names the process by its start, too, and so do the looks at it. */
static enum err judge_process(struct actor *a, struct action *action)
{
	struct verb_args *args = &action->receipt.args;
	enum err err = processes_judge(a, action);
	struct proc_stat stat;

	if (err == ERR_OK && !cut_sockets_are_here(args->pid))
		err = refuse(action, ERR_UNSUPPORTED, "it has ended, or has a network of its own, as in a container");
	if (err == ERR_OK && procs_stat(args->pid, &stat) == ERR_OK)
		args->start_ticks = stat.start_ticks;
	return err;
}

static enum err judge_account(struct actor *a, struct action *action)
{
	struct account account;
	enum err err = accounts_judge(a, action, &account);

	action->uid = account.uid;
	if (err == ERR_OK && account.uid == a->child.uid)
		err = refuse(action, ERR_PROTECTED,
			     "it is the guard's own user, whose connection is that to the service");
	return err;
}

static enum err cut_rails(struct actor *a, struct action *action)
{
	const struct verb_args *args = &action->receipt.args;

	if (args->addr.family)
		return judge_address(a, action);
	return args->pid ? judge_process(a, action) : judge_account(a, action);
}

static enum err cut_once(struct actor *a, struct aim *aim, struct outcome *out)
{
	struct cut_report report;
	enum err err;

	aim->spared = false;
	err = cut_connections(&a->cut, passes, aim, &report);
	out->destroyed += report.destroyed;
	out->spared = aim->spared;
	out->left = report.refused ? "the kernel refused"
		    : report.more  ? "they come faster than they can be cut"
				   : NULL;
	return err;
}

static bool has_ended(const struct verb_args *args)
{
	struct proc_stat stat;

	return procs_stat(args->pid, &stat) != ERR_OK || stat.start_ticks != args->start_ticks;
}

/* Until a look at what the process has finds nothing to cut. What has ended has no connection any more. */
static enum err cut_process(struct actor *a, struct aim *aim, struct outcome *out)
{
	static struct cut_sockets sockets;
	unsigned before, look = 0;
	enum err err = ERR_OK;

	aim->sockets = &sockets;
	do {
		before = out->destroyed;
		if (cut_sockets_read(aim->args->pid, &sockets) != ERR_OK || has_ended(aim->args))
			return ERR_OK;
		err = cut_once(a, aim, out);
	} while (err == ERR_OK && !out->left && out->destroyed > before && ++look < LOOKS_MAX);
	if (look == LOOKS_MAX)
		out->left = "they come faster than they can be cut";
	else if (sockets.more && !out->left)
		out->left = "it has more descriptors than are looked at";
	return err;
}

static void say(struct actor_receipt *r, const struct outcome *out)
{
	char target[64];

	r->count = out->destroyed;
	act_target(&r->args, target);
	if (out->destroyed)
		snprintf(r->text, sizeof(r->text), "%.48s: %u %s cut; the kernel lists none any more%s", target,
			 out->destroyed, out->destroyed == 1 ? "connection" : "connections",
			 out->spared ? " but those with addresses of never_ban" : "");
	else
		snprintf(r->text, sizeof(r->text), "%.48s: there was no connection%s", target,
			 out->spared ? " but with addresses of never_ban; include_me=yes cuts those, too" : "");
}

static enum err cut_apply(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	struct aim aim = {.a = a, .args = &r->args, .uid = action->uid};
	struct outcome out = {.destroyed = 0};
	enum err err = r->args.pid ? cut_process(a, &aim, &out) : cut_once(a, &aim, &out);

	if (err == ERR_UNSUPPORTED)
		return refuse(action, err, "this kernel has no INET_DIAG and INET_DIAG_DESTROY for TCP");
	if (err != ERR_OK)
		return err;
	if (out.destroyed == 0)
		r->result = RECEIPT_ALREADY;
	action->proven = !out.left;
	say(r, &out);
	if (out.left)
		snprintf(action->why, sizeof(action->why), "%u were cut, some are left: %s", out.destroyed, out.left);
	return ERR_OK;
}

/* The last list that apply had of the kernel. What came since is new, and a ban's to keep away. */
static enum err cut_verify(struct actor *a, struct action *action)
{
	(void)a;
	return action->proven ? ERR_OK : ERR_UNVERIFIED;
}

const struct action_row cut_row = {
	.verb = VERB_CUT,
	.budget = ACTION_CUTS,
	.rails = cut_rails,
	.apply = cut_apply,
	.verify = cut_verify,
	.means = {&addresses_means, &connections_means, &processes_means},
};
