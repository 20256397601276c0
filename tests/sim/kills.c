/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The actor and its core, killed at any effect of random orders. Each life is a process with the real journal, ledger,
 * orders and chain of receipts; the machine (machine.h) outlives it. Whoever comes next has to find that
 *
 *   - the machine has what the ledger says, and the core is told just that, as it goes and when it asks
 *   - no step that destroys was taken twice
 *   - every order that was taken has an end, and only one
 *   - no file is damaged
 *
 * A seed is one device, which gets KILLS_EACH of them.
 *
 *   kills [--kills N] [--seed X]
 */
#include "agent/actor/journal_live.h"
#include "agent/actor/recall.h"
#include "agent/actor/request.h"
#include "agent/actor/verb/act.h"
#include "agent/actor/verb/effect.h"
#include "agent/actor/verb/run.h"
#include "agent/base/clock.h"
#include "agent/base/require.h"
#include "tests/sim/machine.h"
#include "tests/unit/files.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLS_EACH 25 /* later ones fall ever more on the rewriting of a journal that has grown */
#define ORDERS_MAX 8  /* whose end is not known yet */
#define WINDOW_S 7200 /* in which an order may be taken */
#define LIFE_MAX 400  /* things done in one life */

/* One order, as its author and the service know it. */
struct pushed {
	struct order order; /* step_count 0: the place is free */
	bool taken;
	unsigned destroyed[ORDER_STEPS_MAX]; /* how often each step was taken that destroys */
	uint8_t outcome;		     /* 0: none was told */
};

/* What outlives a life. */
static struct world {
	struct fate fate;
	struct machine machine;
	uint64_t numbers;
	struct pushed pushed[ORDERS_MAX];
	char failure[256];
} * world;

/* Of all worlds. */
static struct sums {
	uint64_t kills, others, effects, orders;
} sums;

static struct life {
	struct actor actor;
	int core; /* its end of the socket, -1: it was killed */
	bool told[MACHINE_THINGS];
	bool synced;
} life;

static uint64_t chance(uint64_t below)
{
	return fate_chance(&world->fate, below);
}

__attribute__((format(printf, 1, 2))) static _Noreturn void wrong(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(world->failure, sizeof(world->failure), format, list);
	va_end(list);
	_exit(1);
}

static struct pushed *pushed_of(const uint8_t id[MESSAGE_ID])
{
	for (unsigned i = 0; i < ORDERS_MAX; i++)
		if (world->pushed[i].order.step_count > 0 && memcmp(world->pushed[i].order.id, id, MESSAGE_ID) == 0)
			return &world->pushed[i];
	return NULL;
}

static void count_destroyed(const struct actor_receipt *r)
{
	struct pushed *p = pushed_of(r->order_id);

	if (p && ++p->destroyed[r->step - 1] > 1)
		wrong("a step that destroys is taken twice");
}

/* -- the core -- */

static void kill_core(void)
{
	if (life.core >= 0)
		close(life.core);
	life.core = -1;
}

static void hear_receipt(const struct actor_receipt *r)
{
	struct actor_recorded m = {{MESSAGE_VERSION, ACTOR_RECORDED, sizeof(m), 0}, r->place.seq};
	struct pushed *p = pushed_of(r->order_id);

	/* Without a step it tells of the end of an effect. */
	if (p && r->outcome && r->origin == ORIGIN_ORDER && r->step) {
		if (p->outcome && p->outcome != r->outcome)
			wrong("an order has two ends: %u, then %u (%s)", p->outcome, r->outcome, r->text);
		p->outcome = r->outcome;
	}
	if (m.seq && chance(4) && request_handle(&life.actor, &m, sizeof(m)) != ERR_OK)
		wrong("the actor does not know the place of a receipt that it sent");
}

static void hear(const union actor_message *m)
{
	int thing;

	life.synced = life.synced || m->header.type == ACTOR_SYNCED;
	if (m->header.type == ACTOR_RECEIPT)
		hear_receipt(&m->receipt);
	if (m->header.type != ACTOR_EFFECT)
		return;
	thing = machine_thing(&m->effect.args);
	if (thing < 0)
		wrong("the actor tells of an effect that nobody asked for");
	life.told[thing] = !m->effect.gone;
}

/* All that the actor has to say. */
static void hear_all(void)
{
	struct actor *a = &life.actor;
	union actor_message m;
	bool more = true;

	while (more && life.core >= 0) {
		more = false;
		(void)!actor_flush(a);
		request_continue(a);
		proof_continue(a, clock_mono_us());
		while (life.core >= 0 && recv(life.core, &m, sizeof(m), MSG_DONTWAIT) > 0) {
			more = true;
			hear(&m);
		}
	}
}

/* The core asks for all that is in force. */
static void ask(void)
{
	struct actor_header ready = {MESSAGE_VERSION, ACTOR_READY, sizeof(ready), 1};

	life.synced = false;
	memset(life.told, 0, sizeof(life.told));
	require(request_handle(&life.actor, &ready, sizeof(ready)) == ERR_OK);
	hear_all();
}

static void start_core(void)
{
	int pair[2];

	require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
	life.actor.child.socket = pair[0];
	life.core = pair[1];
	ask();
}

/* As the loop does it, which sees that the core has ended. */
static void have_core(void)
{
	struct actor *a = &life.actor;

	while (life.core < 0) {
		close(a->child.socket);
		a->child.socket = -1;
		actor_core_gone(a, proof_core_gone(a));
		run_core_gone(a);
		start_core();
	}
}

/* -- what has to be so -- */

static void compare_machine(bool ledger[MACHINE_THINGS])
{
	struct actor *a = &life.actor;

	memset(ledger, 0, MACHINE_THINGS * sizeof(*ledger));
	for (unsigned i = 0; i < a->ledger.count; i++) {
		struct verb_args args = ledger_args(&a->ledger, &a->ledger.rows[i]);

		ledger[machine_thing(&args)] = true;
	}
	for (unsigned i = 0; i < MACHINE_THINGS; i++)
		if (machine_has(&world->machine, i) != ledger[i])
			wrong("%s: the machine has %s, the ledger has %s", verb_name(machine_things[i].begin.verb),
			      ledger[i] ? "it not" : "it", ledger[i] ? "it" : "it not");
}

static void compare_told(const bool ledger[MACHINE_THINGS], bool asked)
{
	for (unsigned i = 0; i < MACHINE_THINGS; i++) {
		uint16_t verb = machine_things[i].begin.verb;

		/* That a ban began is told by its receipt. */
		if (life.told[i] != ledger[i] && (asked || !ledger_is_plain(verb)))
			wrong("%s: the ledger has %s, and the core %s is told otherwise", verb_name(verb),
			      ledger[i] ? "it" : "it not", asked ? "that asks" : "that was there");
	}
}

static void look(void)
{
	bool ledger[MACHINE_THINGS];

	hear_all();
	compare_machine(ledger);
	if (life.core >= 0)
		compare_told(ledger, false);
	do {
		have_core();
		ask();
	} while (life.core < 0);
	if (!life.synced)
		wrong("the core is not told the end of what is in force");
	compare_told(ledger, true);
}

/* -- what is asked for -- */

static void draw_step(struct order_step *step)
{
	const struct machine_thing *t = &machine_things[chance(MACHINE_THINGS)];
	struct verb_args *args = &step->args;

	*args = t->begin;
	if (t->end && chance(2)) {
		args->verb = t->end;
		args->duration_s = args->lease_s = 0;
		args->rate = 0;
	} else if (args->duration_s != VERB_FOREVER && args->duration_s > 600 && chance(2)) {
		args->duration_s = 600;
	}
}

static void draw_order(struct order *o)
{
	char why[ORDER_WHY_MAX];

	memset(o, 0, sizeof(*o));
	o->step_count = (uint8_t)(1 + chance(3));
	for (unsigned i = 0; i < o->step_count; i++) {
		draw_step(&o->steps[i]);
		o->steps[i].when = i ? (uint8_t)chance(ORDER_WHEN_MAX) : ORDER_ALWAYS;
	}
	if (order_check_steps(o, why) != ERR_OK)
		wrong("the order makes no sense: %s", why);
	world->numbers++;
	memcpy(o->id, &world->numbers, sizeof(world->numbers));
	o->not_after_s = clock_wall_s() + WINDOW_S;
}

static bool is_busy(const struct actor *a)
{
	for (unsigned i = 0; i < RUNS_MAX; i++)
		if (a->runs[i].order.step_count > 0)
			return true;
	return false;
}

static void go_on(void)
{
	struct actor *a = &life.actor;

	for (unsigned i = 0; i < 100 && is_busy(a); i++) {
		run_continue(a);
		act_continue(a, INT64_MAX);
	}
	hear_all();
}

/* As the service does it, also for one whose end it has not heard. */
static void push(struct pushed *p)
{
	struct act_request q = {.origin = ORIGIN_ORDER, .request_id = 1, .received_us = clock_mono_us()};
	struct actor *a = &life.actor;
	char why[MANDATE_WHY_MAX];

	memcpy(q.order_id, p->order.id, sizeof(q.order_id));
	if (!mandate_seen(&a->mandate, p->order.id)) {
		if (p->taken)
			wrong("an order that was taken is forgotten");
		if (!run_has_room(a) || run_remember(a, &p->order, why) != ERR_OK)
			wrong("an order is not taken");
		p->taken = true;
		run_begin(a, &p->order, &q);
		go_on();
		return;
	}
	p->taken = true;
	if (!run_repeat(a, &p->order, &q))
		wrong("nothing is known of an order that was taken");
	hear_all();
	if (life.core >= 0 && !p->outcome)
		wrong("an order that was taken has no end");
}

static void push_some(void)
{
	struct pushed *p = &world->pushed[chance(ORDERS_MAX)];

	if (p->order.step_count == 0 || p->outcome || p->order.not_after_s <= clock_wall_s()) {
		memset(p, 0, sizeof(*p));
		draw_order(&p->order);
	}
	push(p);
}

/* A rule's ban, which no order asks for. */
static void act_by_rule(void)
{
	struct act_request q = {.origin = ORIGIN_RULE, .args = machine_things[chance(2)].begin, .rule = "brute_force"};

	act_begin(&life.actor, &q);
	go_on();
}

static void end_one(void)
{
	struct actor *a = &life.actor;

	if (a->ledger.count > 0)
		effect_end_now(a, &a->ledger.rows[chance(a->ledger.count)]);
	effect_tick(a, clock_mono_us());
}

static void take_away(void)
{
	world->machine.has[chance(MACHINE_THINGS)].on = false;
	effect_restore(&life.actor);
}

static void write_anew(void)
{
	if (journal_live(&life.actor) != ERR_OK)
		wrong("the journal cannot be written anew");
}

/* -- lives -- */

static void open_actor(const char *dir)
{
	struct actor *a = &life.actor;

	settings_default(&a->settings);
	ledger_init(&a->ledger, (struct hash_key){1, 2});
	child_init(&a->child);
	a->rows = machine_rows;
	a->firewall = ERR_UNSUPPORTED;
	a->accounts_watch = -1;
	a->mandate.trust_state = ERR_NOT_FOUND;
	a->child.socket = -1;
	a->state_dir = a->keys_dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	require(a->state_dir >= 0);
	budget_init(&a->budgets[ACTION_BANS], 1000000, MINUTE_US, 0);
	proof_open(a);
	recall_journal(a);
	if (a->journal.skipped || a->journal.unknown || a->proof.chain.begun_anew)
		wrong("a kill has damaged the %s", a->proof.chain.begun_anew ? "chain" : "journal");
	recall_true(a);
}

/* What it says is kept of the last life only. */
static void say_into(const char *dir)
{
	int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = openat(at, "said", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	require(fd >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO);
	close(fd);
	close(at);
}

static _Noreturn void live(const char *dir)
{
	say_into(dir);
	life.core = -1;
	machine_open(&world->machine, count_destroyed);
	fate_begin(&world->fate, kill_core);
	open_actor(dir);
	start_core();
	for (unsigned i = 0; i < LIFE_MAX; i++) {
		fate_pass(&world->fate);
		effect_tick(&life.actor, clock_mono_us());
		look();
		switch (chance(14)) {
		case 0: act_by_rule(); break;
		case 1: end_one(); break;
		case 2: take_away(); break;
		case 3: write_anew(); break;
		case 4: effect_heard(&life.actor, clock_mono_us()); break;
		default: push_some(); break;
		}
	}
	_exit(0);
}

/* False: the life went wrong. */
static bool one_life(const char *dir)
{
	int status = -1;
	pid_t pid;

	fate_draw(&world->fate);
	fate_pass(&world->fate);
	pid = fork();
	require(pid >= 0);
	if (pid == 0)
		live(dir);
	require(waitpid(pid, &status, 0) == pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		sums.kills++;
	else if (!world->failure[0] && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		snprintf(world->failure, sizeof(world->failure), "the actor ended by itself (status %x)",
			 (unsigned)status);
	return world->failure[0] == '\0';
}

static void print_said(const char *dir)
{
	char path[64], line[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/said", dir);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		printf("        %s", line);
	if (f)
		fclose(f);
}

/* One device with its seed, until it had that many kills. False: it went wrong. */
static bool one_world(uint64_t seed, uint64_t wanted)
{
	char dir[] = "/tmp/caltrop_kills.XX"
		     "XX"
		     "XX";
	uint64_t before = sums.kills;
	bool well = true;

	require(mkdtemp(dir) != NULL);
	memset(world, 0, sizeof(*world));
	world->fate.chance = seed;
	world->machine.fate = &world->fate;
	while (well && sums.kills - before + world->fate.others < wanted)
		well = one_life(dir);
	if (!well) {
		printf("FAILED  --seed %llu: %s\n", (unsigned long long)seed, world->failure);
		print_said(dir);
	}
	sums.others += world->fate.others;
	sums.effects += world->fate.effects;
	sums.orders += world->numbers;
	(void)files_remove(dir);
	return well;
}

static bool parse(int argc, char **argv, uint64_t *wanted, uint64_t *seed)
{
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc)
			return false;
		if (strcmp(argv[i], "--kills") == 0)
			*wanted = strtoull(argv[i + 1], NULL, 0);
		else if (strcmp(argv[i], "--seed") == 0)
			*seed = strtoull(argv[i + 1], NULL, 0);
		else
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	uint64_t wanted = 1000, seed = 1;
	bool well = true;

	if (!parse(argc, argv, &wanted, &seed)) {
		fprintf(stderr, "usage: kills [--kills N] [--seed X]\n");
		return 2;
	}
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	require((void *)world != MAP_FAILED);
	for (; well && sums.kills + sums.others < wanted; seed++)
		well = one_world(seed, KILLS_EACH);
	printf("%llu kills of the actor and %llu of its core, before one of %llu effects of %llu orders\n",
	       (unsigned long long)sums.kills, (unsigned long long)sums.others, (unsigned long long)sums.effects,
	       (unsigned long long)sums.orders);
	printf("%u passed, %u failed\n", well, !well);
	return !well;
}
