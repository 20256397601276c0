/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of a machine that is a table; see machine.h. */
#include "tests/sim/machine.h"

#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/effect.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"

static struct machine *machine;
static void (*tell_destroyed)(const struct actor_receipt *r);

const struct machine_thing machine_things[MACHINE_THINGS] = {
	{{.verb = VERB_BAN, .duration_s = 3600, .addr = {4, 32, {198, 51, 100, 7}}}, VERB_UNBAN},
	{{.verb = VERB_BAN, .duration_s = 3600, .addr = {6, 64, {0x20, 1, 0xd, 0xb8}}}, VERB_UNBAN},
	{{.verb = VERB_LIMIT, .duration_s = 3600, .rate = 9, .addr = {4, 32, {198, 51, 100, 8}}}, VERB_UNLIMIT},
	{{.verb = VERB_LOCK, .duration_s = 3600, .account = "bob"}, VERB_UNLOCK},
	{{.verb = VERB_LOCK, .duration_s = VERB_FOREVER, .account = "ann"}, VERB_UNLOCK},
	{{.verb = VERB_SUSPEND, .duration_s = 3600, .pid = 4711}, VERB_RESUME},
	{{.verb = VERB_ISOLATE, .duration_s = 7200, .lease_s = 900}, VERB_RELEASE},
	{{.verb = VERB_KILL, .pid = 815}, VERB_NONE},
};

void machine_open(struct machine *m, void (*destroyed)(const struct actor_receipt *r))
{
	machine = m;
	tell_destroyed = destroyed;
}

int machine_thing(const struct verb_args *args)
{
	for (unsigned i = 0; i < MACHINE_THINGS; i++)
		if (machine_things[i].begin.verb == args->verb && verb_same_what(&machine_things[i].begin, args))
			return (int)i;
	return -1;
}

bool machine_has(const struct machine *m, unsigned thing)
{
	return m->has[thing].on && m->has[thing].until_us > m->fate->now_s * SECOND_US;
}

static unsigned named(const struct verb_args *args)
{
	int thing = machine_thing(args);

	require(thing >= 0);
	return (unsigned)thing;
}

static void change(const struct verb_args *args, bool on, int64_t until_us)
{
	unsigned thing = named(args);

	fate_effect();
	machine->has[thing].on = on;
	machine->has[thing].until_us = args->verb == VERB_BAN ? until_us : INT64_MAX;
	fate_effect();
}

static enum err allow(struct actor *a, struct action *action)
{
	(void)a;
	(void)action;
	return ERR_OK;
}

static enum err begin_effect(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	bool forever = r->args.duration_s == VERB_FOREVER;
	const uint8_t undo[] = "how to take it back";
	const struct effect_terms terms = {forever ? 0 : r->args.duration_s, undo,
					   r->args.verb == VERB_BAN ? 0 : sizeof(undo)};
	const struct effect *e = effect_of(a, action);
	enum err err;

	if (e && ledger_end_us(e) == INT64_MAX)
		r->result = RECEIPT_ALREADY;
	if (r->result == RECEIPT_ALREADY || (!forever && effect_lasts(e, r)))
		return ERR_OK;
	err = effect_note(a, action, &terms);
	if (err == ERR_OK)
		change(&r->args, true, ledger_end_us(effect_of(a, action)));
	return err;
}

static enum err is_begun(struct actor *a, struct action *action)
{
	(void)a;
	return machine_has(machine, named(&action->receipt.args)) ? ERR_OK : ERR_UNVERIFIED;
}

static enum err end_effect(struct actor *a, const struct verb_args *args, const struct effect_more *more,
			   char text[ACTION_WHY_MAX])
{
	(void)a;
	(void)more;
	(void)text;
	if (!machine_has(machine, named(args)))
		return ERR_NOT_FOUND;
	change(args, false, 0);
	return ERR_OK;
}

/* What the ledger has, and the machine has not, or not for as long. */
static enum err put_back(struct actor *a, uint16_t verb, unsigned *missing)
{
	for (unsigned i = 0; i < a->ledger.count; i++) {
		const struct effect *e = &a->ledger.rows[i];
		struct verb_args args = ledger_args(&a->ledger, e);
		unsigned thing = named(&args);

		if (args.verb != verb ||
		    (machine_has(machine, thing) && machine->has[thing].until_us >= ledger_end_us(e)))
			continue;
		++*missing;
		change(&args, true, ledger_end_us(e));
	}
	return ERR_OK;
}

static enum err destroy(struct actor *a, struct action *action)
{
	(void)a;
	fate_effect();
	tell_destroyed(&action->receipt);
	action->receipt.count = 1;
	fate_effect();
	return ERR_OK;
}

/* Of one whose time was over at the start the ledger knows nothing; it must not come into force again to be ended. */
static enum err put_back_or_end(struct actor *a, uint16_t verb, unsigned *missing)
{
	struct verb_args args = {.verb = verb};

	if (!ledger_find(&a->ledger, &args) && machine_has(machine, named(&args)))
		change(&args, false, 0);
	return put_back(a, verb, missing);
}

/* clang-format off */
#define BEGINS(name, number, how, restore) \
	static enum err put_back_##name(struct actor *a, unsigned *missing) { return restore(a, number, missing); } \
	static const struct action_row name##_row = {.verb = number, .flags = how, .rails = allow, \
		.apply = begin_effect, .verify = is_begun, .revert = end_effect, .reconcile = put_back_##name};
#define ENDS(name, number) \
	static const struct action_row name##_row = {.verb = number, .rails = effect_undo_rails, \
		.apply = effect_undo_apply, .verify = effect_undo_verify};
BEGINS(ban, VERB_BAN, 0, put_back)
BEGINS(limit, VERB_LIMIT, ACTION_SYNC_BEFORE, put_back)
BEGINS(lock, VERB_LOCK, ACTION_SYNC_BEFORE, put_back)
BEGINS(suspend, VERB_SUSPEND, ACTION_SYNC_BEFORE, put_back)
BEGINS(isolate, VERB_ISOLATE, ACTION_SYNC_BEFORE, put_back_or_end)
ENDS(unban, VERB_UNBAN)
ENDS(unlimit, VERB_UNLIMIT)
ENDS(unlock, VERB_UNLOCK)
ENDS(resume, VERB_RESUME)
ENDS(release, VERB_RELEASE)
/* clang-format on */
static const struct action_row kill_row = {.verb = VERB_KILL, .rails = allow, .apply = destroy, .verify = allow};

const struct action_row *const machine_rows[] = {&ban_row,     &unban_row,   &limit_row,   &unlimit_row,
						 &lock_row,    &unlock_row,  &suspend_row, &resume_row,
						 &isolate_row, &release_row, &kill_row,	   NULL};
