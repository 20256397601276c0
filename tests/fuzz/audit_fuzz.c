/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that the audit reads, of any bytes: one file in memory is the accounts, the settings of sshd, which may
 * include it again, the kernel's list of sockets, a certificate, keys, passwords of a vendor and all others at once.
 */
#include "agent/actor/audit/audit.h"

#include "agent/actor/audit/audit_expiry.h"
#include "agent/actor/audit/audit_guess.h"
#include "agent/actor/audit/audit_tried.h"
#include "agent/base/require.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPLATE                     \
	"/tmp/caltrop_audit_fuzz.XX" \
	"XX"                         \
	"XX"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(void *context, const struct exposure_sample *s)
{
	(void)context;
	require(s->version == EXPOSURE_SAMPLE_VERSION && memchr(s->id, '\0', sizeof(s->id)) &&
		memchr(s->object, '\0', sizeof(s->object)) && memchr(s->evidence, '\0', sizeof(s->evidence)) &&
		memchr(s->remedy, '\0', sizeof(s->remedy)));
}

static const char *const dirs[] = {
	"etc", "etc/ssh", "etc/snmp", "etc/dropbear",	       "proc",	    "proc/self", "proc/self/net",
	"r",   "r/.ssh",  "proc/7",   "etc/snmp/snmpd.conf.d", "etc/config"};
static const char *const names[] = {"etc/passwd",
				    "etc/shadow",
				    "etc/ssh/sshd_config",
				    "etc/ssh/a.conf",
				    "etc/snmp/snmpd.conf",
				    "etc/dropbear/authorized_keys",
				    "etc/os-release",
				    "etc/vendor",
				    "etc/a.crt",
				    "proc/version",
				    "proc/meminfo",
				    "proc/self/net/tcp",
				    "proc/self/net/udp6",
				    "r/.ssh/authorized_keys",
				    "proc/self/net/fib_trie",
				    "proc/self/net/if_inet6",
				    "proc/7/comm",
				    "etc/snmp/snmpd.conf.d/a.conf",
				    "etc/mini-snmpd.conf",
				    "etc/config/upnpd"};
static char top[] = TEMPLATE;
static int root = -1;

#define DIRS (sizeof(dirs) / sizeof(dirs[0]))
#define NAMES (sizeof(names) / sizeof(names[0]))

static void remove_root(void)
{
	for (unsigned i = 0; i < NAMES; i++)
		(void)unlinkat(root, names[i], 0);
	for (unsigned i = DIRS; i-- > 0;)
		(void)unlinkat(root, dirs[i], AT_REMOVEDIR);
	(void)rmdir(top);
}

/* A folder in which all names lead to one file. */
static int make_root(void)
{
	int file;

	require(mkdtemp(top) != NULL);
	root = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)atexit(remove_root);
	for (unsigned i = 0; i < DIRS; i++)
		require(mkdirat(root, dirs[i], 0755) == 0);
	file = openat(root, names[0], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	require(file >= 0);
	for (unsigned i = 1; i < NAMES; i++)
		require(linkat(root, names[0], root, names[i], 0) == 0);
	return file;
}

static enum audit_guess guess(const char *hash, const char *password)
{
	return hash[0] == password[0] ? AUDIT_GUESS_RIGHT : AUDIT_GUESS_WRONG;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct settings settings;
	static struct audit_tried tried;
	static struct audit a = {.settings = &settings, .put = put, .guess = guess, .tried = &tried};
	static int file;
	struct audit_expiry expiry;

	if (root < 0) {
		settings_default(&settings);
		str_show(STR("/etc/vendor"), settings.passwords, sizeof(settings.passwords));
		str_show(STR("/etc/*.crt"), settings.certificates[0], SETTINGS_PATH_MAX);
		settings.certificate_count = 1;
		file = make_root();
		a.root = root;
	}
	require(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
	audit_accounts.run(&a);
	audit_sshd.run(&a);
	audit_listeners.run(&a);
	audit_keys.run(&a);
	audit_certificates.run(&a);
	audit_snmp.run(&a);
	audit_upnp.run(&a);
	audit_firmware.run(&a);
	audit_passwords.run(&a);
	(void)audit_expiry_read((struct str){(const char *)data, size}, &expiry);
	(void)audit_guess_bytes((struct str){(const char *)data, size});
	return 0;
}
