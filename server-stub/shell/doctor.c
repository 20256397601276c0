/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop-server doctor`: looks at a deployment, running or stopped, and says a line for each thing, with what to do.
 * It becomes the service's user first, as the service does, so that it meets what the service meets.
 */
#include "server-stub/shell/doctor.h"

#include "server-stub/shell/command.h"
#include "server-stub/shell/harden.h"
#include "server-stub/shell/storage.h"

#include <getopt.h>
#include <stdio.h>

static const char help[] =
	"usage: caltrop-server doctor [--json] [--dir DIR]\n\n"
	"  --json      a line of JSON for each check: {\"check\", \"verdict\", \"text\"}\n"
	"  --dir DIR   the fleet (" COMMAND_DIR_DEFAULT ")\n\n"
	"Looks at settings, files, keys, certificates, the store, the audit log, disk, clock, limits, ports and "
	"sandbox,\n"
	"and changes nothing; the service may run meanwhile. Exit status: 0 nothing fails, 1 something does.\n\n"
	"  caltrop-server doctor --dir /var/lib/caltrop-server\n";

/* In this order: the later ones need what the earlier ones read. */
static const struct {
	const char *name;
	void (*look)(struct doctor *d);
} checks[] = {
	{"folder", doctor_folder},   {"keys", doctor_keys},   {"fleet", doctor_fleet}, {"link", doctor_link},
	{"api", doctor_api},	     {"sso", doctor_signon},  {"store", doctor_store}, {"audit", doctor_audit},
	{"disk", doctor_disk},	     {"clock", doctor_clock}, {"files", doctor_files}, {"ports", doctor_ports},
	{"sandbox", doctor_sandbox},
};

/* The settings, and the user whom they name. What follows needs both. */
static bool begin(struct doctor *d)
{
	char error[FLEET_CONF_ERROR_MAX], why[HARDEN_ERROR_MAX];

	d->check = "settings";
	enum err err = fleet_conf_load(d->dir, &d->conf, error);

	if (err != ERR_OK) {
		doctor_say(d, DOCTOR_FAIL, "%s%s", error,
			   err == ERR_NOT_FOUND ? "; --dir says where the fleet is, `caltrop-server init` makes one"
						: "");
		return false;
	}
	if (d->conf.name_count == 0) {
		doctor_say(d, DOCTOR_FAIL, "%s/server.conf: [server] names: at least one is needed", d->dir);
		return false;
	}
	if (d->conf.retention_raised)
		doctor_say(d, DOCTOR_WARN, "%s/server.conf: [retention] bytes: a store is bounded to 16M at least",
			   d->dir);
	d->running = storage_is_locked(d->dir);
	doctor_say(d, DOCTOR_OK, "%s/server.conf is good; the service is %s", d->dir,
		   d->running ? "running" : "stopped");
	if (harden_user(d->conf.user, why) == ERR_OK)
		return true;
	doctor_say(d, DOCTOR_FAIL, "%s; run this as root or as that user", why);
	return false;
}

static int look(struct doctor *d)
{
	if (begin(d)) {
		for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
			d->check = checks[i].name;
			checks[i].look(d);
		}
	}
	if (!d->json)
		printf("%u good, %u to look at, %u failed\n", d->counts[DOCTOR_OK], d->counts[DOCTOR_WARN],
		       d->counts[DOCTOR_FAIL]);
	return d->counts[DOCTOR_FAIL] ? COMMAND_FAILED : COMMAND_OK;
}

int doctor_command(int argc, char **argv)
{
	static const struct option known[] = {
		{"dir", required_argument, NULL, 'd'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	static struct doctor d = {.dir = COMMAND_DIR_DEFAULT};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 'd')
			d.dir = optarg;
		else if (option == 'j')
			d.json = true;
		else {
			fputs(help, option == 'h' ? stdout : stderr);
			return option == 'h' ? COMMAND_OK : COMMAND_USAGE;
		}
	}
	if (optind < argc)
		return command_misused("doctor", "unexpected argument", argv[optind]);
	return look(&d);
}
