/* SPDX-License-Identifier: Apache-2.0 */
/* The people of the simulated world. Each is a small machine that tries, waits and gives up. */
#include "tests/sim/people.h"

#include "agent/base/addr.h"
#include "agent/base/require.h"
#include "tests/sim/device.h"
#include "tests/sim/hands.h"
#include "tests/sim/ledger.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PEOPLE_MAX 64
#define PAM_DELAY_US (2 * SECOND_US)

enum habit { GUESSER, SPRAYER, BREACHER, OPERATOR };

static struct person {
	enum habit habit;
	struct addr addr;
	char text[ADDR_TEXT_MAX];
	unsigned pid; /* of the connection */
	unsigned tries_left_in_connection;
	bool first_in_connection;
	unsigned tries, tries_wanted; /* of this wave */
	unsigned waves, waves_wanted;
	unsigned fired_waves; /* that must have been answered */
	bool excused;	      /* the clock was set during the wave */
	char user[16];
} people[PEOPLE_MAX];

static unsigned people_count, next_pid;
static struct world *world;

/* Days since 1970 to a civil date (Hinnant's algorithm). */
static void stamp(char *out, size_t size)
{
	int64_t us = device_wall(), days = us / (86400 * SECOND_US), z = days + 719468;
	int64_t era = z / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	int64_t s = us / SECOND_US % 86400;

	snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%06d+00:00", (int)(yoe + era * 400 + (mp >= 10)),
		 (int)(mp < 10 ? mp + 3 : mp - 9), (int)(doy - (153 * mp + 2) / 5 + 1), (int)(s / 3600),
		 (int)(s / 60 % 60), (int)(s % 60), (int)(us % SECOND_US));
}

static bool says(unsigned pid, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool says(unsigned pid, const char *format, ...)
{
	char line[512], when[64];
	va_list args;

	stamp(when, sizeof(when));
	int len = snprintf(line, sizeof(line), "%s device sshd[%u]: ", when, pid);

	va_start(args, format);
	vsnprintf(line + len, sizeof(line) - (size_t)len, format, args);
	va_end(args);
	return device_log(line);
}

static bool unknown(const struct person *p)
{
	return p->habit == SPRAYER;
}

/* Connect if need be and send a password: the traces that come at once. */
static bool try_once(struct person *p)
{
	bool fresh = p->tries_left_in_connection == 0;

	if (fresh) {
		p->pid = ++next_pid;
		p->tries_left_in_connection = p->habit == SPRAYER ? 1 : 3;
		if (p->habit == SPRAYER)
			snprintf(p->user, sizeof(p->user), "user%u", p->tries);
		if (unknown(p) && !says(p->pid, "Invalid user %s from %s port 4000", p->user, p->text))
			return false;
		if (!says(p->pid,
			  "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
			  "rhost=%s%s%s",
			  p->text, unknown(p) ? " " : "  user=", unknown(p) ? "" : p->user))
			return false;
		p->tries += unknown(p);
	}
	p->first_in_connection = fresh;
	p->tries_left_in_connection--;
	return device_powered();
}

static bool verdict(struct person *p)
{
	return says(p->pid, "Failed password for %s%s from %s port 4000 ssh2", unknown(p) ? "invalid user " : "",
		    p->user, p->text);
}

static void act(struct world *w, uint64_t who);

static void next(struct person *p, int64_t delay_us, world_call call)
{
	world_after(world, delay_us, call, (uint64_t)(p - people));
}

/* A wave is over: banned, or all tries made. */
static void wave_ends(struct person *p)
{
	unsigned enough = p->habit == BREACHER ? 4 : 5;

	if (p->tries >= enough && !p->excused && !world->failure[0])
		p->fired_waves++;
	p->waves++;
	world_say(world, "%s goes after %u tries%s", p->text, p->tries, p->excused ? ", the clock was set" : "");
	p->tries = 0;
	p->tries_left_in_connection = 0;
	p->excused = false;
	if (p->waves < p->waves_wanted)
		next(p, 25 * MINUTE_US + (int64_t)world_random(world, 600) * SECOND_US, act);
}

static void hear(struct world *w, uint64_t who)
{
	struct person *p = &people[who];
	bool told = verdict(p);

	if (!told)
		p->tries_left_in_connection = 0;
	/* A refusal by PAM is no failure before the verdict, unless the user is known not to exist. */
	p->tries += told && !(p->first_in_connection && unknown(p));
	next(p, 300 * MS_US + (int64_t)world_random(w, 1500) * MS_US, act);
}

static void succeed(struct world *w, uint64_t who)
{
	struct person *p = &people[who];

	if (device_powered() && says(p->pid, "Accepted password for %s from %s port 4000 ssh2", p->user, p->text)) {
		if (p->habit == BREACHER)
			wave_ends(p);
		return;
	}
	next(p, 5 * SECOND_US + (int64_t)world_random(w, 5000) * MS_US, succeed);
}

static void act(struct world *w, uint64_t who)
{
	struct person *p = &people[who];

	if (hands_banned(&p->addr)) {
		if (p->habit == OPERATOR)
			world_fail(w, "operator %s is banned", p->text);
		wave_ends(p);
		return;
	}
	if (p->tries >= p->tries_wanted) {
		if (p->habit == BREACHER || p->habit == OPERATOR)
			succeed(w, who);
		else
			wave_ends(p);
		return;
	}
	if (!device_powered() || !try_once(p)) {
		p->tries_left_in_connection = 0;
		next(p, 5 * SECOND_US, act);
		return;
	}
	next(p, PAM_DELAY_US + (int64_t)world_random(w, 500) * MS_US, hear);
}

static void add(enum habit habit, unsigned number)
{
	struct person *p = &people[people_count++];

	require(people_count <= PEOPLE_MAX);
	*p = (struct person){.habit = habit};
	snprintf(p->text, sizeof(p->text), habit == OPERATOR ? "10.1.0.%u" : "198.51.100.%u", number);
	require(addr_parse(str_from(p->text), &p->addr) == ERR_OK);
	snprintf(p->user, sizeof(p->user), habit == OPERATOR ? "operator" : "admin");
	p->tries_wanted = habit == OPERATOR ? 1 + (unsigned)world_random(world, 2) : habit == BREACHER ? 4 : 12;
	p->waves_wanted = habit == OPERATOR || habit == BREACHER ? 1 : 1 + (unsigned)world_random(world, 2);
	int64_t begin = (int64_t)world_random(world, world->scenario->duration_s) * SECOND_US;

	next(p, begin, act);
}

void people_begin(struct world *w)
{
	world = w;
	people_count = 0;
	next_pid = 1000;
	for (unsigned i = 0; i < w->scenario->attackers; i++)
		add((enum habit)(i % 3), 1 + i);
	for (unsigned i = 0; i < w->scenario->operators; i++)
		add(OPERATOR, 1 + i);
}

void people_clock_set(void)
{
	for (unsigned i = 0; i < people_count; i++)
		people[i].excused = true;
}

static void check(const struct person *p, const char *rule)
{
	unsigned incidents = ledger_incidents(p->text, rule);

	if (p->fired_waves && !incidents)
		world_fail(world, "%s got its tries in, and %s saw nothing", p->text, rule);
	if (incidents > p->waves + (p->tries > 0))
		world_fail(world, "%s came %u times and is %u incidents of %s", p->text, p->waves, incidents, rule);
}

void people_check(void)
{
	for (unsigned i = 0; i < people_count; i++) {
		const struct person *p = &people[i];

		if (p->habit == OPERATOR) {
			for (unsigned r = 0; r < RULES_MAX; r++)
				if (ledger_incidents(p->text, settings_rule_name((enum settings_rule)r)))
					world_fail(world, "operator %s is an incident of %s", p->text,
						   settings_rule_name((enum settings_rule)r));
			continue;
		}
		check(p, p->habit == BREACHER ? "breach" : "brute_force");
		if (p->habit == SPRAYER) {
			check(p, "spraying");
			check(p, "enumeration");
		}
		if (p->fired_waves && !hands_ever_banned(&p->addr))
			world_fail(world, "%s got its tries in and was never banned", p->text);
	}
}
