/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the kernel that make an attack harder. One that this kernel does not have is no finding. */
#include "agent/actor/audit/audit.h"

#include <stdio.h>
#include <string.h>

#define FIX "set it in /etc/sysctl.d and run sysctl --system"

static const struct {
	const char *name; /* as sysctl(8) has it */
	int64_t least, most;
	enum severity severity;
	const char *why;
} rows[] = {
	{"kernel.randomize_va_space", 2, 2, SEV_HIGH, "addresses in memory can be foreseen"},
	{"fs.suid_dumpable", 0, 0, SEV_MEDIUM, "programs with other rights leave their memory on the disk"},
	{"fs.protected_hardlinks", 1, 1, SEV_MEDIUM, "links of others lead programs astray"},
	{"fs.protected_symlinks", 1, 1, SEV_MEDIUM, "links of others lead programs astray"},
	{"fs.protected_fifos", 1, 2, SEV_LOW, "files of others in /tmp lead programs astray"},
	{"fs.protected_regular", 1, 2, SEV_LOW, "files of others in /tmp lead programs astray"},
	{"vm.mmap_min_addr", 4096, INT32_MAX, SEV_MEDIUM, "mistakes of the kernel with NULL can be exploited"},
	{"kernel.perf_event_paranoid", 1, 4, SEV_LOW, "everybody can watch all processors"},
	{"kernel.kptr_restrict", 1, 2, SEV_LOW, "the kernel tells its addresses"},
	{"kernel.dmesg_restrict", 1, 1, SEV_LOW, "everybody can read the kernel's messages"},
	{"kernel.unprivileged_bpf_disabled", 1, 2, SEV_MEDIUM, "everybody can load programs into the kernel"},
	{"kernel.yama.ptrace_scope", 1, 3, SEV_LOW, "a program can read the memory of others of its user"},
	{"net.ipv4.tcp_syncookies", 1, 2, SEV_LOW, "a flood of first packets stops services"},
	{"net.ipv4.conf.all.accept_source_route", 0, 0, SEV_MEDIUM, "the sender of a packet chooses its way"},
	{"net.ipv4.icmp_echo_ignore_broadcasts", 1, 1, SEV_LOW, "others use this device to flood somebody"},
	{"net.ipv6.conf.all.accept_source_route", -1, 0, SEV_MEDIUM, "the sender of a packet chooses its way"},
};

/* The file of a name: dots are slashes. */
static void path_of(const char *name, char path[96])
{
	snprintf(path, 96, "proc/sys/%s", name);
	for (char *c = path + strlen("proc/sys/"); *c; c++)
		if (*c == '.')
			*c = '/';
}

static bool read_number(struct str text, int64_t *out)
{
	bool minus = str_take(&text, STR("-"));
	uint64_t number;

	if (str_number(str_trim(str_cut(&text, '\n')), INT32_MAX, &number) != ERR_OK)
		return false;
	*out = minus ? -(int64_t)number : (int64_t)number;
	return true;
}

static void run(struct audit *a)
{
	static char memory[AUDIT_FILE_MAX];
	char path[96];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct audit_risk risk = {"kernel_setting", rows[i].severity, FIX};
		struct str text;
		int64_t value;

		path_of(rows[i].name, path);
		if (!audit_read(a, path, memory, &text) || !read_number(text, &value))
			continue;
		if (value < rows[i].least || value > rows[i].most)
			audit_found(a, &(struct audit_finding){&risk, str_from(rows[i].name)}, "it is %lld: %s",
				    (long long)value, rows[i].why);
	}
}

const struct audit_check audit_sysctls = {.name = "sysctls", .run = run};
