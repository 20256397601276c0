/* SPDX-License-Identifier: Apache-2.0 */
/* The table of service managers: by what each is known, and how it is told what to start at boot. */
#include "agent/actor/sys/service_boot.h"

#include "agent/actor/sys/service_links.h"
#include "agent/actor/sys/service_sysv.h"
#include "agent/actor/sys/service_unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct service_links runlevels = {"/etc/runlevels", "*", false};
static const struct service_links rc_d = {"/etc", "rc.d", true};

/* In these runlevels the machine itself is brought up and down. */
static enum err find_openrc(const char *name, struct service_boot *out, char why[SERVICE_WHY_MAX])
{
	static const struct service_links early[] = {
		{"/etc/runlevels", "sysinit", false},
		{"/etc/runlevels", "boot", false},
		{"/etc/runlevels", "shutdown", false},
	};

	for (unsigned i = 0; i < sizeof(early) / sizeof(early[0]); i++)
		out->early |= service_links_find(&early[i], name);
	out->starts = service_links_find(&runlevels, name);
	return service_sysv_script(name, out, why);
}

static enum err off_openrc(const char *name, const struct service_boot *boot)
{
	(void)boot;
	return service_links_hide(&runlevels, name);
}

static enum err on_openrc(const char *name, const struct service_boot *boot)
{
	(void)boot;
	return service_links_show(&runlevels, name);
}

static enum err find_procd(const char *name, struct service_boot *out, char why[SERVICE_WHY_MAX])
{
	out->starts = service_links_find(&rc_d, name);
	return service_sysv_script(name, out, why);
}

static enum err off_procd(const char *name, const struct service_boot *boot)
{
	(void)boot;
	return service_links_hide(&rc_d, name);
}

static enum err on_procd(const char *name, const struct service_boot *boot)
{
	(void)boot;
	return service_links_show(&rc_d, name);
}

/* In the order in which they are asked for: many have a folder of scripts beside their own. */
static const struct row {
	const char *sign;
	uint8_t manager;
	enum err (*find)(const char *name, struct service_boot *out, char why[SERVICE_WHY_MAX]);
	enum err (*off)(const char *name, const struct service_boot *boot);
	enum err (*on)(const char *name, const struct service_boot *boot);
} rows[] = {
	{"/run/systemd/system", SERVICE_SYSTEMD, service_unit_find, service_unit_off, service_unit_on},
	{"/run/openrc", SERVICE_OPENRC, find_openrc, off_openrc, on_openrc},
	{"/etc/rc.common", SERVICE_PROCD, find_procd, off_procd, on_procd},
	{"/etc/init.d", SERVICE_SYSV, service_sysv_find, service_sysv_off, service_sysv_on},
};

static const struct row *row_of(uint8_t manager)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].manager == manager)
			return &rows[i];
	return NULL;
}

enum service_manager service_boot_manager(void)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (access(rows[i].sign, F_OK) == 0)
			return (enum service_manager)rows[i].manager;
	return SERVICE_NONE;
}

enum err service_boot_find(enum service_manager manager, const char *name, struct service_boot *out,
			   char why[SERVICE_WHY_MAX])
{
	const struct row *row = row_of((uint8_t)manager);

	*out = (struct service_boot){.manager = (uint8_t)manager};
	memset(out->place, SERVICE_NO_LINK, sizeof(out->place));
	if (row)
		return row->find(name, out, why);
	snprintf(why, SERVICE_WHY_MAX, "nobody that this guard knows manages services here");
	return ERR_UNSUPPORTED;
}

enum err service_boot_off(const char *name, const struct service_boot *boot)
{
	const struct row *row = row_of(boot->manager);

	return row ? row->off(name, boot) : ERR_UNSUPPORTED;
}

enum err service_boot_on(const char *name, const struct service_boot *boot)
{
	const struct row *row = row_of(boot->manager);

	return row ? row->on(name, boot) : ERR_UNSUPPORTED;
}
