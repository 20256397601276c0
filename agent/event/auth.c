/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of authentication events. JSON has the words of the small enumerations, so they are never changed. */
#include "agent/event/kinds.h"

static const char *const services[SERVICE_MAX] = {
	"none",	  "sshd",    "dropbear",  "login",    "telnetd", "su",	  "sudo",
	"vsftpd", "proftpd", "pure-ftpd", "lighttpd", "nginx",	 "other",
};

static const struct auth_service_row service_rows[SERVICE_MAX] = {
	/* A child answers each try of keyboard-interactive, under a number of its own. */
	[SERVICE_SSHD] = {.src_first = true,
			  .pam_names_known = true,
			  .verdict_pid = AUTH_METHOD(METHOD_PASSWORD),
			  .one_pid = AUTH_METHODS & (uint16_t)~AUTH_METHOD(METHOD_KEYBOARD)},
	[SERVICE_DROPBEAR] = {.src_first = true},
};

static const char *const outcomes[] = {"info", "success", "failure", "probe"};

static const char *const methods[METHOD_MAX] = {
	NULL, "password", "publickey", "keyboard-interactive", "hostbased", "gssapi", "basic", "digest", "other",
};

static const char *const reasons[REASON_MAX] = {
	NULL,	      "bad_credential", "unknown_user", "not_allowed",	     "too_many",
	"disconnect", "negotiation",	"protocol",	"no_identification",
};

static const char *const traces[TRACE_MAX] = {"daemon", "pam", "audit", "user", "error", "module"};

#define AT(member) offsetof(struct event, auth.member)

static const struct field fields[] = {
	{.name = "service",
	 .type = FIELD_WORD,
	 .tag = 1,
	 .flags = FIELD_KEY,
	 .offset = AT(service),
	 .other = AT(service_name),
	 FIELD_WORDS(services),
	 .ocsf = "service.name"},
	{.name = "outcome",
	 .type = FIELD_WORD,
	 .tag = 2,
	 .flags = FIELD_KEY | FIELD_SHOWN,
	 .offset = AT(outcome),
	 FIELD_WORDS(outcomes),
	 .ocsf = "status"},
	{.name = "user",
	 .type = FIELD_BYTES,
	 .tag = 5,
	 .flags = FIELD_KEY | FIELD_SHOWN | FIELD_IS_ACCOUNT,
	 .offset = AT(user),
	 .sigma = "TargetUserName",
	 .ocsf = "user.name"},
	{.name = "src",
	 .type = FIELD_ADDR,
	 .tag = 6,
	 .flags = FIELD_KEY | FIELD_SHOWN | FIELD_IS_SRC,
	 .offset = AT(src),
	 .sigma = "SourceIp",
	 .ocsf = "src_endpoint.ip"},
	{.name = "src_host",
	 .type = FIELD_TEXT,
	 .tag = 7,
	 .flags = FIELD_KEY,
	 .offset = AT(src_host),
	 .sigma = "SourceHostname",
	 .ocsf = "src_endpoint.hostname"},
	{.name = "src_port",
	 .type = FIELD_U16,
	 .tag = 8,
	 .flags = FIELD_SHOWN | FIELD_DETAIL,
	 .offset = AT(src_port),
	 .sigma = "SourcePort",
	 .ocsf = "src_endpoint.port"},
	{.name = "method",
	 .type = FIELD_WORD,
	 .tag = 3,
	 .flags = FIELD_SHOWN,
	 .offset = AT(method),
	 FIELD_WORDS(methods),
	 .ocsf = "auth_protocol"},
	{.name = "reason",
	 .type = FIELD_WORD,
	 .tag = 4,
	 .offset = AT(reason),
	 FIELD_WORDS(reasons),
	 .ocsf = "status_detail"},
	{.name = "target", .type = FIELD_TEXT, .tag = 13, .offset = AT(target), .ocsf = "user.name"},
	{.name = "trace",
	 .type = FIELD_WORD,
	 .tag = 12,
	 .flags = FIELD_DETAIL,
	 .offset = AT(trace),
	 FIELD_WORDS(traces)},
	{.name = "pid",
	 .type = FIELD_U32,
	 .tag = 9,
	 .flags = FIELD_DETAIL,
	 .offset = AT(pid),
	 .sigma = "ProcessId",
	 .ocsf = "process.pid"},
};

const struct event_row auth_row = {"auth", EVENT_AUTH, 10, FIELD_COUNT(fields), fields, NULL};

const struct auth_service_row *auth_service(uint8_t service)
{
	return &service_rows[service < SERVICE_MAX ? service : SERVICE_NONE];
}

const char *auth_service_name(uint8_t service)
{
	return service < SERVICE_MAX ? services[service] : "unknown";
}
