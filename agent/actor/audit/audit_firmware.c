/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware that nobody has updated for long. How old it is, is what the newest trace of an update says: the date of the
 * build in os-release(5), that of the kernel, and when the list of installed packages was written last.
 */
#include "agent/actor/audit/audit.h"
#include "agent/actor/audit/audit_dates.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static const struct audit_risk old = {"old_firmware", SEV_MEDIUM,
				      "install updates; [exposure] firmware_days says what is old"};

struct age {
	struct audit *a;
	int64_t newest_s; /* 0: nothing is known */
	char trace[64];
};

/* What was made in the future says nothing of the past. */
static void take_date(struct age *g, int64_t when_s, const char *trace)
{
	if (when_s <= g->newest_s || when_s > g->a->now_s + AUDIT_DAY_S)
		return;
	g->newest_s = when_s;
	snprintf(g->trace, sizeof(g->trace), "%s", trace);
}

/* Lines NAME=VALUE, of which these may say when it was built. */
static void take_release(struct age *g, struct str text)
{
	static const char *const names[] = {"BUILD_ID=", "IMAGE_VERSION=", "VERSION=", "BUILD_DATE="};
	int64_t when_s;

	while (!str_empty(text)) {
		struct str line = str_cut(&text, '\n');

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (str_take(&line, str_from(names[i])) && audit_dates_find(line, &when_s))
				take_date(g, when_s, "os-release");
	}
}

/* "Linux version 6.1.0 (who) (compiler) #1 SMP Debian 6.1.90-1 (2024-05-03)": what is behind the "#". */
static void take_kernel(struct age *g, struct str text)
{
	size_t at = str_find_back(text, STR("#"));
	int64_t when_s;

	if (at != SIZE_MAX && audit_dates_find(str_sub(text, at, SIZE_MAX), &when_s))
		take_date(g, when_s, "the kernel");
}

static void take_packages(struct age *g)
{
	static const char *const lists[] = {"var/lib/dpkg/status",
					    "lib/apk/db/installed",
					    "var/lib/rpm/rpmdb.sqlite",
					    "var/lib/rpm/Packages",
					    "usr/lib/opkg/status",
					    "var/lib/pacman/local/ALPM_DB_VERSION",
					    "usr/lib/sysimage/rpm/rpmdb.sqlite"};
	char trace[64];
	struct stat st;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		snprintf(trace, sizeof(trace), "/%s", lists[i]);
		if (fstatat(g->a->root, lists[i], &st, 0) == 0)
			take_date(g, st.st_mtim.tv_sec, trace);
	}
}

static void run(struct audit *a)
{
	static char memory[AUDIT_FILE_MAX];
	struct age g = {.a = a};
	struct str text;
	int64_t days;

	if (a->settings->firmware_days == 0)
		return;
	if (audit_read(a, "etc/os-release", memory, &text) || audit_read(a, "usr/lib/os-release", memory, &text))
		take_release(&g, text);
	if (audit_read(a, "proc/version", memory, &text))
		take_kernel(&g, text);
	take_packages(&g);
	days = (a->now_s - g.newest_s) / AUDIT_DAY_S;
	if (g.newest_s == 0)
		audit_skipped(a, old.id, STR("firmware"), "nothing here says how old it is");
	else if (days > (int64_t)a->settings->firmware_days)
		audit_found(a, &(struct audit_finding){&old, STR("firmware")},
			    "the last trace of an update is %lld days old: %s", (long long)days, g.trace);
}

const struct audit_check audit_firmware = {.name = "firmware", .run = run};
