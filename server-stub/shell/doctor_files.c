/* SPDX-License-Identifier: Apache-2.0 */
/* The doctor's checks of files: whose they are, who may read them, whether keys and certificates fit and last. */
#include "agent/base/clock.h"
#include "agent/base/tls/tls_cert.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/fleet/fleet_seal.h"
#include "server-stub/shell/cert_pair.h"
#include "server-stub/shell/doctor.h"
#include "server-stub/shell/own_cert.h"
#include "server-stub/shell/signon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOON_DAYS 14
#define DAY_S 86400

void doctor_folder(struct doctor *d)
{
	struct stat st;

	if (stat(d->dir, &st) != 0)
		doctor_say(d, DOCTOR_FAIL, "%s: %s", d->dir, strerror(errno));
	else if (st.st_uid != geteuid())
		doctor_say(d, DOCTOR_FAIL, "%s is not the service's user's: chown -R %s %s", d->dir,
			   d->conf.user[0] ? d->conf.user : "USER", d->dir);
	else if (st.st_mode & 022)
		doctor_say(d, DOCTOR_FAIL, "others may write to %s: chmod 700 %s", d->dir, d->dir);
	else
		doctor_say(d, DOCTOR_OK, "%s is the service's user's, mode %o", d->dir, (unsigned)(st.st_mode & 07777));
}

static void key(struct doctor *d, const char *name, bool must)
{
	char path[FLEET_FILE_PATH_MAX];
	struct stat st;

	if (fleet_file_named((struct fleet_file){d->dir, name}, path) != ERR_OK)
		return;
	if (stat(path, &st) != 0 && errno == ENOENT && !must)
		return;
	if (stat(path, &st) != 0)
		doctor_say(d, DOCTOR_FAIL, "%s: %s; put the key back from where you keep a copy", path,
			   strerror(errno));
	else if (st.st_mode & 077)
		doctor_say(d, DOCTOR_FAIL, "others than its owner may reach %s: chmod 600 %s", path, path);
	else if (access(path, R_OK) != 0)
		doctor_say(d, DOCTOR_FAIL, "the service's user cannot read %s: chown %s %s", path,
			   d->conf.user[0] ? d->conf.user : "USER", path);
	else
		doctor_say(d, DOCTOR_OK, "%s is for its owner alone", path);
}

void doctor_keys(struct doctor *d)
{
	key(d, "ca_key.pem", true);
	key(d, "server_key.pem", true);
	key(d, "order_key.pem", false);
	key(d, FLEET_SEAL_FILE, false);
	if (strcmp(d->conf.api_key, "server_key.pem") != 0)
		key(d, d->conf.api_key, true);
}

void doctor_fleet(struct doctor *d)
{
	const char *bad = "";
	enum err err = fleet_load(d->dir, &d->fleet, &bad);

	d->has_fleet = err == ERR_OK;
	if (err != ERR_OK)
		doctor_say(d, DOCTOR_FAIL, "%s/%s: %s; put it back from a copy", d->dir, bad ? bad : "", err_text(err));
	else
		doctor_say(d, DOCTOR_OK,
			   "the fleet's certificates, order keys and escrow key are there: %u order key%s",
			   d->fleet.order_public_count, d->fleet.order_public_count == 1 ? "" : "s");
}

void doctor_link(struct doctor *d)
{
	const char *why = own_cert_why(d->dir, &d->conf, clock_wall_s());

	if (why)
		doctor_say(d, DOCTOR_WARN, "server.pem: %s; the service makes it anew: systemctl reload caltrop-server",
			   why);
	else
		doctor_say(d, DOCTOR_OK, "server.pem is good for devices");
}

static char cert_text[FLEET_FILE_MAX], key_text[FLEET_FILE_MAX];

/* Whether clients that reach the service by the name would accept the certificate, a wildcard of the label included. */
static bool covers(char *names, const char *name)
{
	const char *rest = strchr(name, '.');

	for (char *save, *one = strtok_r(names, ", ", &save); one; one = strtok_r(NULL, ", ", &save))
		if (strcasecmp(one, name) == 0 ||
		    (strncmp(one, "*.", 2) == 0 && rest && strcasecmp(one + 1, rest) == 0))
			return true;
	return false;
}

static void names(struct doctor *d, struct str cert)
{
	char all[OWN_CERT_NAMES_MAX], copy[OWN_CERT_NAMES_MAX];
	struct buf b = buf_over(all, sizeof(all) - 1);

	if (tls_cert_names(cert, &b) != ERR_OK)
		b.len = 0;
	all[b.len] = '\0';
	for (unsigned i = 0; i < d->conf.name_count; i++) {
		memcpy(copy, all, sizeof(copy));
		if (!covers(copy, d->conf.names[i]))
			doctor_say(d, DOCTOR_WARN,
				   "%s is not for the name %s of server.conf: browsers that use it warn",
				   d->conf.api_certificate, d->conf.names[i]);
	}
}

static void lasts(struct doctor *d, struct str cert)
{
	int64_t left_s = tls_cert_ends(cert) - clock_wall_s();

	if (left_s <= 0)
		doctor_say(d, DOCTOR_FAIL, "%s has expired: caltrop-server cert install --help",
			   d->conf.api_certificate);
	else if (left_s < SOON_DAYS * DAY_S)
		doctor_say(d, DOCTOR_WARN, "%s expires in %lld days: caltrop-server cert install --help",
			   d->conf.api_certificate, (long long)(left_s / DAY_S));
	else
		doctor_say(d, DOCTOR_OK, "%s lasts another %lld days", d->conf.api_certificate,
			   (long long)(left_s / DAY_S));
}

void doctor_api(struct doctor *d)
{
	struct str cert, key;
	bool of_key = false;
	const char *why;
	enum err err = cert_pair_read((struct fleet_file){d->dir, d->conf.api_certificate}, cert_text, &cert);

	if (err == ERR_OK)
		err = cert_pair_read((struct fleet_file){d->dir, d->conf.api_key}, key_text, &key);
	why = err == ERR_OK ? cert_pair_why(cert, key, &of_key) : err_text(err);
	if (why) {
		doctor_say(d, DOCTOR_FAIL, "%s with %s: %s; see caltrop-server cert check", d->conf.api_certificate,
			   d->conf.api_key, why);
		return;
	}
	lasts(d, cert);
	names(d, cert);
}

void doctor_signon(struct doctor *d)
{
	char why[SIGNON_WHY_MAX];

	if (signon_check(d->dir, &d->conf, why) != ERR_OK)
		doctor_say(d, DOCTOR_FAIL, "%s", why);
	else if (d->conf.sso_issuer[0])
		doctor_say(d, DOCTOR_OK, "operators may sign in at %s", d->conf.sso_issuer);
}
