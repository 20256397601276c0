/* SPDX-License-Identifier: Apache-2.0 */
/* Means: the addresses that this machine needs (sys/hosts.h), which rails spare and an isolation lets through. */
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/firewall.h"
#include "agent/actor/verb/means.h"
#include "agent/base/clock.h"
#include "agent/base/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FD_WATCH, FD_RESOLVER };

static void note(struct actor *a)
{
	hosts_gaps(&a->hosts, &a->rails_hosts, a->health.hosts_why);
}

static void open_hosts(struct actor *a)
{
	if (hosts_open(&a->hosts) != ERR_OK)
		say(SAY_WARNING, "cannot learn this machine's own addresses: %s", strerror(errno));
	else
		hosts_read(&a->hosts, &a->rails_hosts);
	note(a);
}

static void changed(struct actor *a)
{
	note(a);
	firewall_recheck(a);
	actor_send_nets(a);
}

static int fd(const struct actor *a, unsigned i)
{
	return i == FD_WATCH ? a->hosts.watch_fd : a->hosts.pipe;
}

static void ready(struct actor *a, unsigned i)
{
	if (i == FD_WATCH) {
		hosts_watch(&a->hosts, clock_mono_us());
		return;
	}
	if (IS_ENABLED(CONFIG_RESOLVER))
		hosts_answers(&a->hosts, &a->rails_hosts, clock_mono_us());
	changed(a);
}

static void tick(struct actor *a, int64_t mono_us)
{
	if (hosts_tick(&a->hosts, &a->rails_hosts, mono_us))
		changed(a);
}

static int64_t next_us(const struct actor *a)
{
	return hosts_next_us(&a->hosts);
}

static void renew(struct actor *a)
{
	hosts_read(&a->hosts, &a->rails_hosts);
	hosts_renamed(&a->hosts, clock_mono_us());
	changed(a);
}

const struct means addresses_means = {
	.open = open_hosts,
	.fd = fd,
	.ready = ready,
	.tick = tick,
	.next_us = next_us,
	.renew = renew,
};
