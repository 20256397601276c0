/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the simulated world: the guard's core, spool and uplink and the service's session and ingest in one process,
 * under one seed, with mishaps. After each run the books must agree:
 *
 *   - nothing that was synced or acknowledged is lost, nothing is stored twice
 *   - every incident decided is in the store, and attackers who got their tries in are incidents, once a visit
 *   - bans in force are the bans decided; operators who mistyped are never banned
 *   - every order was carried out once, and the service knows
 *   - every object arrived whole, was resumed after cuts and not begun again, and let orders and records go first
 *
 *   sim [--seeds N] [--from X] [--seed X] [--scenario NAME] [--steps N] [--break WHAT] [-v]
 *
 * Without --break it also proves itself: with each fault of `faults` built in, runs must fail.
 */
#include "agent/base/ini.h"
#include "agent/base/require.h"
#include "agent/common/settings.h"
#include "tests/sim/cargo.h"
#include "tests/sim/device.h"
#include "tests/sim/hands.h"
#include "tests/sim/ledger.h"
#include "tests/sim/net.h"
#include "tests/sim/people.h"
#include "tests/sim/porter.h"
#include "tests/sim/service.h"
#include "tests/sim/world.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCENARIOS_MAX 32
#define SCENARIO_DIR "tests/sim/scenarios"
#define SEEDS_FILE "tests/sim/seeds/past"
#define PEACE_US (40 * MINUTE_US)
#define CUTS_WANTED 200

static struct scenario scenarios[SCENARIOS_MAX];
static unsigned scenario_count;
static struct world world;
static struct net net;

static const struct {
	const char *name;
	enum world_break fault;
	const char *scenario; /* where it must be seen */
} faults[] = {
	{"ack-before-sync", BREAK_ACK_BEFORE_SYNC, "service"},
	{"save-before-sync", BREAK_SAVE_BEFORE_SYNC, "slow_flash"},
	{"place-ahead", BREAK_PLACE_AHEAD, "power"},
	{"object-early", BREAK_OBJECT_EARLY, "objects_service"},
	{"object-unverified", BREAK_OBJECT_UNVERIFIED, "objects_rough"},
	{"object-flood", BREAK_OBJECT_FLOOD, "objects_down"},
	{"object-anew", BREAK_OBJECT_ANEW, "objects_down"},
};

/* Scenarios. */

/* clang-format off */
#define FIELD(name) {#name, offsetof(struct scenario, name)}
/* clang-format on */

static const struct {
	const char *name;
	size_t offset;
} fields[] = {
	FIELD(duration_s),	 FIELD(attackers),	  FIELD(operators),	    FIELD(link_cut_ms),
	FIELD(link_black_ms),	 FIELD(link_down_ms),	  FIELD(link_cut_bytes),    FIELD(power_cut_ms),
	FIELD(power_cut_writes), FIELD(core_crash_ms),	  FIELD(core_crash_writes), FIELD(server_crash_ms),
	FIELD(disk_full_ms),	 FIELD(disk_full_for_ms), FIELD(clock_jump_ms),	    FIELD(actor_trouble),
	FIELD(sync_ms),		 FIELD(spool_segments),	  FIELD(order_ms),	    FIELD(objects_down),
	FIELD(objects_up),	 FIELD(object_ms),	  FIELD(object_bytes),	    FIELD(object_rate),
};

static enum err set(void *context, struct str section, struct str key, struct str value, struct ini_error *error)
{
	(void)section;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		uint64_t number;

		if (!str_equal(key, str_from(fields[i].name)) || str_number(value, UINT32_MAX, &number) != ERR_OK)
			continue;
		*(uint32_t *)(void *)((char *)context + fields[i].offset) = (uint32_t)number;
		return ERR_OK;
	}
	snprintf(error->text, sizeof(error->text), "no such key, or no number");
	return ERR_INVALID;
}

static void read_scenario(const char *file)
{
	struct scenario *s = &scenarios[scenario_count++];
	static char text[INI_BYTES_MAX];
	struct ini_error error;
	char path[512];

	require(scenario_count <= SCENARIOS_MAX);
	snprintf(path, sizeof(path), "%s/%s", SCENARIO_DIR, file);
	FILE *f = fopen(path, "r");

	require(f != NULL);
	size_t len = fread(text, 1, sizeof(text), f);

	fclose(f);
	*s = (struct scenario){.duration_s = 1200, .attackers = 9, .operators = 6, .sync_ms = 30, .spool_segments = 32};
	s->order_ms = 60000;
	snprintf(s->name, sizeof(s->name), "%.*s", (int)(strlen(file) - 4), file);
	if (ini_read((struct str){text, len}, set, s, &error) != ERR_OK) {
		fprintf(stderr, "%s:%u: %s\n", path, error.line, error.text);
		exit(2);
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct scenario *)a)->name, ((const struct scenario *)b)->name);
}

static void read_scenarios(void)
{
	DIR *dir = opendir(SCENARIO_DIR);

	if (!dir) {
		fprintf(stderr, "sim: run it from the top of the tree: no %s here\n", SCENARIO_DIR);
		exit(2);
	}
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		size_t len = strlen(e->d_name);

		if (len > 4 && strcmp(e->d_name + len - 4, ".ini") == 0)
			read_scenario(e->d_name);
	}
	closedir(dir);
	qsort(scenarios, scenario_count, sizeof(scenarios[0]), by_name);
}

static const struct scenario *scenario_named(const char *name)
{
	for (unsigned i = 0; i < scenario_count; i++)
		if (strcmp(scenarios[i].name, name) == 0)
			return &scenarios[i];
	fprintf(stderr, "sim: no scenario %s\n", name);
	exit(2);
}

/* Mishaps. Each comes back after a while until there is peace. */

static void arrived(struct world *w, enum net_side side, struct str bytes)
{
	(void)w;
	if (side == NET_DEVICE)
		device_arrived(bytes);
	else
		service_arrived(bytes);
}

static void broke(struct world *w, enum net_side side)
{
	(void)w;
	if (side == NET_DEVICE)
		device_broke();
	else
		service_broke();
}

static void link_cut(struct world *w)
{
	w->link_cuts++;
	net.down_until_us = w->time_us + (int64_t)world_random(w, w->scenario->link_down_ms + 1) * MS_US;
	net_cut_after(&net, (size_t)world_random(w, 3000));
}

static void link_black(struct world *w)
{
	w->link_cuts++;
	world_say(w, "the link goes black");
	net_go_black(&net);
}

static void power_cut(struct world *w)
{
	(void)w;
	device_power_cut();
}

static void core_crash(struct world *w)
{
	(void)w;
	device_crash();
}

static void server_crash(struct world *w)
{
	(void)w;
	if (service_up())
		service_crash();
}

static void disk_well(struct world *w, uint64_t unused)
{
	(void)unused;
	world_say(w, "the disk is well again");
	device_disk_trouble(false);
}

static void disk_full(struct world *w)
{
	world_say(w, "the disk takes no writes");
	w->disk_fulls++;
	device_disk_trouble(true);
	world_after(w, (int64_t)world_random(w, 2 * w->scenario->disk_full_for_ms + 1) * MS_US, disk_well, 0);
}

static void clock_jump(struct world *w)
{
	static const int64_t jumps[] = {-7200, -60, -1, 1, 30, 600, 7200, 86400, 20 * 365 * 86400};

	w->wall_offset_us += jumps[world_random(w, sizeof(jumps) / sizeof(jumps[0]))] * SECOND_US;
	w->clock_jumps++;
	world_say(w, "the clock is set");
	people_clock_set();
	ledger_clock_set();
}

static void push_order(struct world *w)
{
	(void)w;
	service_order();
}

static void send_down(struct world *w)
{
	(void)w;
	service_object();
}

static void send_up_soon(struct world *w, uint64_t unused)
{
	(void)unused;
	if (!porter_make())
		world_after(w, SECOND_US, send_up_soon, 0);
}

static void send_up(struct world *w)
{
	send_up_soon(w, 0);
}

static const struct {
	void (*strike)(struct world *w);
	size_t mean;
} mishaps[] = {
	{link_cut, offsetof(struct scenario, link_cut_ms)},
	{link_black, offsetof(struct scenario, link_black_ms)},
	{power_cut, offsetof(struct scenario, power_cut_ms)},
	{core_crash, offsetof(struct scenario, core_crash_ms)},
	{server_crash, offsetof(struct scenario, server_crash_ms)},
	{disk_full, offsetof(struct scenario, disk_full_ms)},
	{clock_jump, offsetof(struct scenario, clock_jump_ms)},
	{push_order, offsetof(struct scenario, order_ms)},
	{send_down, offsetof(struct scenario, object_ms)},
	{send_up, offsetof(struct scenario, object_ms)},
};

static void mishap(struct world *w, uint64_t which);

static void arm(struct world *w, uint64_t which)
{
	uint32_t mean = *(const uint32_t *)(const void *)((const char *)w->scenario + mishaps[which].mean);

	if (mean)
		world_after(w, world_mishap_in(w, mean), mishap, which);
}

static void mishap(struct world *w, uint64_t which)
{
	if (w->peace)
		return;
	mishaps[which].strike(w);
	arm(w, which);
}

/* The books. */

static bool listed(struct str rows, const char *addr)
{
	char key[96];

	snprintf(key, sizeof(key), "addr=%s\t", addr);
	return str_find(rows, str_from(key)) != SIZE_MAX;
}

/* What is about to run out may have done so on one side only. */
static bool settled(const struct hands_ban *ban)
{
	int64_t left = ban->expires_us - world.time_us;

	return left > 15 * SECOND_US || left < -15 * SECOND_US;
}

static void check_bans(void)
{
	struct str rows = device_ask("bans");
	unsigned in_force = 0, rows_count = 0, loose = 0;

	for (unsigned i = 0; i < HANDS_BANS_MAX; i++) {
		const struct hands_ban *ban = &hands_bans()[i];
		char text[ADDR_TEXT_MAX];

		if (!ban->addr.family)
			continue;
		loose += !settled(ban);
		in_force += ban->expires_us > world.time_us;
		if (settled(ban) && (ban->expires_us > world.time_us) != listed(rows, addr_text(&ban->addr, text)))
			world_fail(&world, "the core is wrong about the ban of %s", text);
	}
	for (struct str left = rows; left.len;)
		rows_count += str_starts(str_cut(&left, '\n'), STR("ban\t"));
	if (rows_count > in_force + loose)
		world_fail(&world, "the core lists %u bans, %u are in force", rows_count, in_force);
	if (str_find(rows, STR("state=asked")) != SIZE_MAX)
		world_fail(&world, "a ban was never answered");
}

static void check(void)
{
	const char *why;

	if (!device_quiet(&why)) {
		world_fail(&world, "after %d minutes of peace %s", (int)(PEACE_US / MINUTE_US), why);
		return;
	}
	check_bans();
	ledger_check();
	people_check();
	service_check_orders();
	cargo_check();
	porter_check();
	if (str_find(device_ask("counters"), STR("name=effects_lost\tvalue#0")) == SIZE_MAX)
		world_fail(&world, "the core lost effects");
}

/* Totals over all runs. */
static struct totals {
	uint64_t runs, power_cuts, core_crashes, link_cuts, server_crashes, disk_fulls, clock_jumps;
	uint64_t steps;
} totals;

static void count_totals(void)
{
	totals.runs++;
	totals.power_cuts += world.power_cuts;
	totals.core_crashes += world.core_crashes;
	totals.link_cuts += world.link_cuts;
	totals.server_crashes += world.server_crashes;
	totals.disk_fulls += world.disk_fulls;
	totals.clock_jumps += world.clock_jumps;
	totals.steps += world.steps;
}

/* One run. True when the books agree. */
static bool run(uint64_t seed, const struct scenario *scenario)
{
	world_begin(&world, seed, scenario);
	net_begin(&net, &world);
	net.arrived = arrived;
	net.broke = broke;
	ledger_begin(&world);
	hands_begin(&world);
	cargo_begin(&world, &net);
	service_begin(&world, &net);
	device_begin(&world, &net);
	people_begin(&world);
	for (uint64_t i = 0; i < sizeof(mishaps) / sizeof(mishaps[0]); i++)
		arm(&world, i);
	int64_t end = world.time_us + (int64_t)scenario->duration_s * SECOND_US;

	while (!world.failure[0] && world_step(&world, end))
		;
	world.time_us = end;
	world.peace = true;
	world_say(&world, "peace");
	device_disk_trouble(false);
	end += PEACE_US;
	while (!world.failure[0] && world_step(&world, end))
		;
	world.time_us = end;
	/* What was said in the last moment may still be on its way. */
	for (const char *why; !world.failure[0] && !device_quiet(&why) && world_step(&world, end + 5 * MINUTE_US);)
		;
	if (!world.failure[0])
		check();
	device_end();
	service_end();
	net_end(&net);
	ledger_end();
	count_totals();
	return world.failure[0] == '\0';
}

static const char *fault_name(void)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].fault == world.broken)
			return faults[i].name;
	return NULL;
}

static void explain(const char *program, uint64_t seed, const struct scenario *scenario)
{
	printf("FAILED  %s\n        again: %s --seed %llu --scenario %s%s%s -v\n", world.failure, program,
	       (unsigned long long)seed, scenario->name, fault_name() ? " --break " : "",
	       fault_name() ? fault_name() : "");
}

/* Every fault that is built in on purpose must be seen. */
static unsigned prove(unsigned *passed)
{
	unsigned failed = 0;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		bool seen = false;

		world.broken = faults[i].fault;
		for (uint64_t seed = 1; seed <= 150 && !seen; seed++)
			seen = !run(seed, scenario_named(faults[i].scenario));
		printf("%s  a service or device that does %s is found out%s%s\n", seen ? "ok    " : "FAILED",
		       faults[i].name, seen ? ": " : "", world.failure);
		*passed += seen;
		failed += !seen;
	}
	world.broken = BREAK_NOTHING;
	return failed;
}

/* What the scenarios of objects are for. */
static unsigned prove_cuts(unsigned *passed)
{
	static const char *const ways[] = {"down", "up"};
	unsigned failed = 0;

	for (unsigned i = 0; i < 2; i++) {
		bool enough = cargo_totals()->most_cuts[i] >= CUTS_WANTED;

		printf("%s  a megabyte went %s whole over a link that broke %llu times\n", enough ? "ok    " : "FAILED",
		       ways[i], (unsigned long long)cargo_totals()->most_cuts[i]);
		*passed += enough;
		failed += !enough;
	}
	return failed;
}

/* Seeds that failed once, one a line: SCENARIO SEED. */
static unsigned run_past(const char *program, unsigned *passed)
{
	FILE *f = fopen(SEEDS_FILE, "r");
	unsigned failed = 0;
	char line[128], name[64];
	unsigned long long seed;

	while (f && fgets(line, sizeof(line), f)) {
		if (line[0] == '#' || sscanf(line, "%63s %llu", name, &seed) != 2)
			continue;
		if (run(seed, scenario_named(name))) {
			(*passed)++;
			continue;
		}
		failed++;
		explain(program, seed, scenario_named(name));
	}
	if (f)
		fclose(f);
	return failed;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: sim [--seeds N] [--from X] [--seed X] [--scenario NAME] [--steps N] [--break WHAT] [-v]\n");
	return 2;
}

static struct options {
	uint64_t seeds, from, seed;
	const char *scenario;
	bool one;
} options = {.seeds = 120, .from = 1};

static bool parse(int argc, char **argv)
{
	world.steps_max = 2000000;
	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (strcmp(argv[i], "-v") == 0) {
			world.verbose = 1;
			continue;
		}
		if (!value)
			return false;
		i++;
		if (strcmp(argv[i - 1], "--seeds") == 0)
			options.seeds = strtoull(value, NULL, 0);
		else if (strcmp(argv[i - 1], "--from") == 0)
			options.from = strtoull(value, NULL, 0);
		else if (strcmp(argv[i - 1], "--seed") == 0)
			options.seed = strtoull(value, NULL, 0), options.one = true;
		else if (strcmp(argv[i - 1], "--scenario") == 0)
			options.scenario = value;
		else if (strcmp(argv[i - 1], "--steps") == 0)
			world.steps_max = strtoull(value, NULL, 0);
		else if (strcmp(argv[i - 1], "--break") == 0)
			for (size_t n = 0; n < sizeof(faults) / sizeof(faults[0]); n++)
				world.broken = strcmp(faults[n].name, value) == 0 ? faults[n].fault : world.broken;
		else
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	unsigned passed = 0, failed = 0;

	if (!parse(argc, argv))
		return usage();
	read_scenarios();
	uint64_t first = options.one ? options.seed : options.from, count = options.one ? 1 : options.seeds;
	bool whole = !options.one && !options.scenario && world.broken == BREAK_NOTHING;

	if (whole)
		failed += run_past(argv[0], &passed) + prove(&passed);
	for (uint64_t seed = first; seed < first + count; seed++) {
		const struct scenario *s =
			options.scenario ? scenario_named(options.scenario) : &scenarios[seed % scenario_count];

		if (run(seed, s)) {
			passed++;
			continue;
		}
		explain(argv[0], seed, s);
		if (++failed >= 10)
			break;
	}
	printf("%llu runs, %llu steps: %llu power cuts, %llu crashes of the core, %llu of the service, "
	       "%llu broken links, %llu full disks, %llu clock jumps\n",
	       (unsigned long long)totals.runs, (unsigned long long)totals.steps, (unsigned long long)totals.power_cuts,
	       (unsigned long long)totals.core_crashes, (unsigned long long)totals.server_crashes,
	       (unsigned long long)totals.link_cuts, (unsigned long long)totals.disk_fulls,
	       (unsigned long long)totals.clock_jumps);
	printf("%llu objects down and %llu up\n", (unsigned long long)cargo_totals()->arrived[0],
	       (unsigned long long)cargo_totals()->arrived[1]);
	if (whole)
		failed += prove_cuts(&passed);
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
