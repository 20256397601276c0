/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates that are over or soon will be: the guard's own, those of a service on this machine, and the files that
 * the settings name. A certificate is told of when a quarter of its time is left, and not before two weeks are.
 */
#include "agent/actor/audit/audit.h"
#include "agent/actor/audit/audit_dates.h"
#include "agent/actor/audit/audit_expiry.h"
#include "agent/base/key.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SERVER_DIR "var/lib/caltrop-server"
#define LABEL "CERTIFICATE"
#define BLOCKS_MAX 64 /* certificates of a file */
#define DER_MAX 8192
#define SOON_S (14 * AUDIT_DAY_S)

static const struct audit_risk over = {"certificate_expired", SEV_HIGH, "renew it"};
static const struct audit_risk soon = {"certificate_expires", SEV_MEDIUM, "renew it"};

/* A file of which one certificate must be good, as one of authorities, or all must. */
struct look {
	struct audit *a;
	bool one;
	unsigned count;
	struct audit_expiry worst;
};

static void take_certificate(struct look *l, struct str der)
{
	struct audit_expiry e;

	if (!audit_expiry_read(der, &e))
		return;
	if (l->count++ == 0 || (e.until_s > l->worst.until_s) == l->one)
		l->worst = e;
}

/* PEM with any text between its blocks, or DER. The text is ended by NUL. */
static void take_file(struct look *l, struct str text)
{
	static uint8_t der[DER_MAX];
	const char *at = text.data;
	size_t len;

	if (text.data[0] == 0x30)
		take_certificate(l, text);
	for (unsigned i = 0; at && i < BLOCKS_MAX; i++) {
		enum err err = key_from_pem(LABEL, at, der, sizeof(der), &len);

		if (err == ERR_NOT_FOUND)
			return;
		if (err == ERR_OK)
			take_certificate(l, (struct str){(const char *)der, len});
		at = strstr(at, "-----END " LABEL);
		at = at ? at + 1 : NULL;
	}
}

static void judge(const struct look *l, const char *object)
{
	int64_t left_s = l->worst.until_s - l->a->now_s, all_s = l->worst.until_s - l->worst.from_s;

	if (left_s <= 0)
		audit_found(l->a, &(struct audit_finding){&over, str_from(object)}, "it has been over for %lld days",
			    (long long)(-left_s / AUDIT_DAY_S));
	else if (left_s < SOON_S && left_s < all_s / 4)
		audit_found(l->a, &(struct audit_finding){&soon, str_from(object)}, "it is over in %lld days",
			    (long long)(left_s / AUDIT_DAY_S));
}

static void look_at(struct audit *a, const char *path, bool one)
{
	static char memory[AUDIT_FILE_MAX + 1];
	struct look l = {.a = a, .one = one};
	char object[SETTINGS_PATH_MAX + NAME_MAX + 2];
	struct str text;

	if (!audit_read(a, path, memory, &text))
		return;
	memory[text.len] = '\0';
	snprintf(object, sizeof(object), "/%s", path);
	take_file(&l, text);
	if (l.count == 0)
		audit_skipped(a, over.id, str_from(object), "there is no certificate in it that can be read");
	else
		judge(&l, object);
}

static void look_at_named(struct audit *a, const char *pattern)
{
	static struct audit_names found;
	char path[SETTINGS_PATH_MAX + NAME_MAX + 2];

	audit_names_read(a, pattern + 1, &found);
	for (unsigned i = 0; i < found.count; i++) {
		snprintf(path, sizeof(path), "%s/%s", found.dir, found.names[i]);
		look_at(a, path, false);
	}
	if (found.count == 0)
		audit_skipped(a, over.id, str_from(pattern), "there is no such file");
}

static void run(struct audit *a)
{
	const char *state = a->settings->state_dir + 1;
	char path[SETTINGS_PATH_MAX + 64];
	struct stat st;

	snprintf(path, sizeof(path), "%s/identity/cert.pem", state);
	look_at(a, path, false);
	/* With a bundle, nobody uses the authorities in that file any more. */
	snprintf(path, sizeof(path), "%s/trust/bundle", state);
	if (fstatat(a->root, path, &st, 0) != 0) {
		snprintf(path, sizeof(path), "%s/trust/ca.pem", state);
		look_at(a, path, true);
	}
	look_at(a, SERVER_DIR "/ca.pem", true);
	look_at(a, SERVER_DIR "/server.pem", false);
	for (unsigned i = 0; i < a->settings->certificate_count; i++)
		look_at_named(a, a->settings->certificates[i]);
}

const struct audit_check audit_certificates = {.name = "certificates", .run = run};
