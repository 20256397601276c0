/* SPDX-License-Identifier: Apache-2.0 */
/* Writes every key of the settings, in the order of the manual page. Pure. */
#include "agent/common/settings_text.h"

#include "agent/base/now.h"
#include "agent/common/message.h"
#include "agent/common/settings_decoder.h"
#include "agent/common/settings_format.h"
#include "agent/common/settings_hook.h"
#include "agent/common/settings_pack.h"
#include "agent/common/settings_response.h"

static void put_auth(struct buf *b, const struct settings *s)
{
	buf_text(b, "\n[auth]\nfiles =\n");
	for (unsigned i = 0; i < s->file_count; i++)
		buf_printf(b, "files = %s\n", s->files[i]);
	buf_printf(b, "journal = %s\njournal_dir = %s\n", s->journal ? "yes" : "no", s->journal_dir);
	buf_printf(b, "syslog_socket = %s\naudit = %s\npam_unix_alone = %s\n", s->syslog_socket,
		   s->audit ? "yes" : "no", s->pam_unix_alone ? "yes" : "no");
}

static void put_decoders(struct buf *b, const struct settings *s)
{
	for (unsigned i = 0; i < s->declared_count; i++)
		buf_printf(b, "\n[file %s]\nformat = %s\n", s->declared[i].path,
			   settings_format_name(s->declared[i].format));
	for (unsigned i = 0; i < s->decoder_count; i++)
		buf_printf(b, "\n[decoder %s]\nprogram = %s\npattern = %s\noutcome = %s\n", s->decoders[i].name,
			   s->decoders[i].programs, s->decoders[i].pattern,
			   settings_decoder_outcome(s->decoders[i].outcome));
}

static void put_access(struct buf *b, const struct settings *s)
{
	char text[ADDR_TEXT_MAX];

	buf_text(b, "\n[access]\nformat =\n");
	for (unsigned i = 0; i < s->access_count; i++)
		buf_printf(b, "format = %s %s\n", s->access[i].file, s->access[i].format);
	buf_text(b, "trusted_proxies =\n");
	for (unsigned i = 0; i < s->proxy_count; i++)
		buf_printf(b, "trusted_proxies = %s\n", addr_text(&s->proxies[i], text));
}

static void put_process(struct buf *b, const struct settings *s)
{
	static const char *const names[WATCHES] = {"auto", "bpf", "audit", "connector", "poll"};

	buf_printf(b, "\n[process]\nenabled = %s\nsource = %s\naudit_rule = %s\npoll_interval = %us\n",
		   s->process ? "yes" : "no", names[s->process_source], s->process_audit_rule ? "yes" : "no",
		   (unsigned)s->process_poll_s);
}

static void put_network(struct buf *b, const struct settings *s)
{
	static const char *const names[] = {"auto", "bpf", "conntrack", "none"};

	buf_printf(b, "\n[network]\nenabled = %s\nsource = %s\npoll_interval = %us\n", s->network ? "yes" : "no",
		   names[s->network_source], (unsigned)s->network_poll_s);
}

static void put_firewall(struct buf *b, const struct settings *s)
{
	buf_printf(b, "\n[firewall]\nenabled = %s\nlog_group = %u\nrate = %u\ndecoy =\n", s->firewall ? "yes" : "no",
		   (unsigned)s->firewall_group, (unsigned)s->firewall_rate);
	for (unsigned i = 0; i < s->decoy_count; i++)
		buf_printf(b, "decoy = %u\n", s->decoys[i]);
}

static void put_files(struct buf *b, const struct settings *s)
{
	buf_printf(b, "\n[files]\nenabled = %s\nwatch =\n", s->file_watch ? "yes" : "no");
	for (unsigned i = 0; i < s->watched_count; i++)
		buf_printf(b, "watch = %s\n", s->watched[i]);
	buf_text(b, "decoy =\n");
	for (unsigned i = 0; i < s->bait_count; i++)
		buf_printf(b, "decoy = %s\n", s->baits[i]);
}

static void put_exposure(struct buf *b, const struct settings *s)
{
	buf_printf(b, "\n[exposure]\nenabled = %s\ninterval = %us\nsuid =\n", s->exposure ? "yes" : "no",
		   (unsigned)s->exposure_interval_s);
	for (unsigned i = 0; i < s->suid_count; i++)
		buf_printf(b, "suid = %s\n", s->suids[i]);
	buf_text(b, "certificates =\n");
	for (unsigned i = 0; i < s->certificate_count; i++)
		buf_printf(b, "certificates = %s\n", s->certificates[i]);
	buf_printf(b, "passwords = %s\nfirmware_days = %u\n", s->passwords, (unsigned)s->firmware_days);
}

static void put_response(struct buf *b, const struct settings *s)
{
	char text[ADDR_TEXT_MAX];

	buf_printf(b, "\n[response]\nmode = %s\nban_time = %us\nban_time_max = %us\nban_prefix6 = %u\n",
		   settings_mode_name(s), (unsigned)s->ban_s, (unsigned)s->ban_longest_s, s->ban_prefix6);
	buf_printf(b, "packet_filter = %s\n", settings_filter_name(s));
	buf_printf(b, "ban_neighbours = %u\nban_neighbours_quiet = %us\n", (unsigned)s->ban_neighbours,
		   (unsigned)s->neighbours_quiet_s);
	buf_text(b, "nat64 =\n");
	for (unsigned i = 0; i < s->nat64_count; i++)
		buf_printf(b, "nat64 = %s\n", addr_text(&s->nat64[i], text));
	buf_printf(b, "bans_per_minute = %u\nlimit_rate = %u\n", (unsigned)s->bans_per_minute, (unsigned)s->limit_rate);
	buf_text(b, "quiet_hours = ");
	settings_response_put_hours(b, &s->quiet);
	buf_printf(b, "\nresets_per_hour = %u\nlogouts_per_hour = %u\nlocks_per_hour = %u\n",
		   (unsigned)s->resets_per_hour, (unsigned)s->logouts_per_hour, (unsigned)s->locks_per_hour);
	buf_printf(b, "confirm_time = %us\ntrust_logs = %s\nnever_ban =\n", (unsigned)s->confirm_s,
		   s->trust_logs ? "yes" : "no");
	for (unsigned i = 0; i < s->never_ban_count; i++)
		buf_printf(b, "never_ban = %s\n", addr_text(&s->never_ban[i], text));
	for (unsigned i = 0; i < s->never_ban_name_count; i++)
		buf_printf(b, "never_ban = %s\n", s->never_ban_names[i]);
	buf_text(b, "protect =\n");
	for (unsigned i = 0; i < s->protect_count; i++)
		buf_printf(b, "protect = %s\n", s->protect[i]);
}

static void put_steps(struct buf *b, const struct settings_rule_row *row)
{
	buf_text(b, "steps =");
	for (unsigned i = 0; i < SETTINGS_STEPS_MAX && row->steps[i] != VERB_NONE; i++)
		buf_printf(b, " %s", verb_name(row->steps[i]));
	buf_printf(b, "\nban_time = %us\n", (unsigned)row->ban_s);
}

static void put_rule(struct buf *b, enum settings_rule rule, const struct settings_rule_row *row)
{
	buf_printf(b, "\n[rule.%s]\nenabled = %s\ncount = %u\nwindow = %llds\n", settings_rule_name(rule),
		   row->enabled ? "yes" : "no", (unsigned)row->count, (long long)(row->window_us / SECOND_US));
	put_steps(b, row);
}

static void put_pack(struct buf *b, const struct settings *s)
{
	for (unsigned i = 0; i < s->pack_rule_count; i++) {
		buf_printf(b, "\n[rule.%s]\nenabled = %s\n", s->pack_rules[i].id,
			   s->pack_rules[i].row.enabled ? "yes" : "no");
		put_steps(b, &s->pack_rules[i].row);
	}
	buf_printf(b, "\n[rules]\nenabled = %s\npack = %s\nlevel = %s\n", s->pack ? "yes" : "no", s->pack_file,
		   settings_pack_level_name(s->rules_level));
}

static void put_server(struct buf *b, const struct settings *s)
{
	struct addr a;

	buf_text(b, "\n[server]\naddress =");
	if (s->server_host[0] && addr_parse(str_from(s->server_host), &a) == ERR_OK && a.family == 6)
		buf_printf(b, " [%s]:%u", s->server_host, s->server_port);
	else if (s->server_host[0])
		buf_printf(b, " %s:%u", s->server_host, s->server_port);
	buf_printf(b, "\n\n[spool]\nsize = %u\n\n[accounts]\nshadow = %s\nshared =\n", (unsigned)s->spool_bytes_max,
		   s->shadow);
	for (unsigned i = 0; i < s->shared_count; i++)
		buf_printf(b, "shared = %s\n", s->shared[i]);
	buf_printf(b, "\n[objects]\nsize = %u\nrate = %u\ntuning = %s\n", (unsigned)s->objects_bytes_max,
		   (unsigned)s->objects_rate, s->tuning ? "yes" : "no");
}

static void put_collect(struct buf *b, const struct settings *s)
{
	buf_printf(b, "\n[collect]\nsize = %u\nfiles =\n", (unsigned)s->collect_bytes_max);
	for (unsigned i = 0; i < s->collect_count; i++)
		buf_printf(b, "files = %s\n", s->collect[i]);
}

void settings_text(struct buf *b, const struct settings *s)
{
	buf_printf(b, "[guard]\nstate_dir = %s\nrun_dir = %s\nuser = %s\n", s->state_dir, s->run_dir, s->user);
	if (s->core[0])
		buf_printf(b, "core = %s\n", s->core);
	buf_printf(b, "volatile = %s\nhang_time = %us\n", s->is_volatile ? "yes" : "no", (unsigned)s->hang_s);
	put_auth(b, s);
	put_decoders(b, s);
	if (IS_ENABLED(CONFIG_ACCESS_LOGS))
		put_access(b, s);
	put_process(b, s);
	put_network(b, s);
	put_firewall(b, s);
	buf_printf(b, "\n[devices]\nenabled = %s\n", s->devices ? "yes" : "no");
	buf_printf(b, "\n[sessions]\nenabled = %s\n", s->sessions ? "yes" : "no");
	put_files(b, s);
	put_exposure(b, s);
	put_response(b, s);
	settings_hook_text(b, s);
	for (unsigned i = 0; i < RULES_MAX; i++)
		put_rule(b, (enum settings_rule)i, &s->rules[i]);
	if (IS_ENABLED(CONFIG_RULES_SIGMA))
		put_pack(b, s);
	put_server(b, s);
	put_collect(b, s);
}
