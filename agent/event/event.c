/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the event's small enumerations. The JSON output has them, so they are never changed. */
#include "agent/event/event.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *name_of(const char *const *names, size_t count, uint8_t index)
{
	return index < count && names[index] ? names[index] : "unknown";
}

const char *event_service_name(uint8_t service)
{
	static const char *const names[SERVICE_MAX] = {
		"none",	  "sshd",    "dropbear",  "login",    "telnetd", "su",	  "sudo",
		"vsftpd", "proftpd", "pure-ftpd", "lighttpd", "nginx",	 "other",
	};

	return name_of(names, COUNT(names), service);
}

const char *event_outcome_name(uint8_t outcome)
{
	static const char *const names[] = {"info", "success", "failure", "probe"};

	return name_of(names, COUNT(names), outcome);
}

const char *event_method_name(uint8_t method)
{
	static const char *const names[METHOD_MAX] = {
		"none",	 "password", "publickey", "keyboard-interactive", "hostbased", "gssapi",
		"basic", "digest",   "other",
	};

	return name_of(names, COUNT(names), method);
}

const char *event_reason_name(uint8_t reason)
{
	static const char *const names[REASON_MAX] = {
		"none",	      "bad_credential", "unknown_user", "not_allowed",	     "too_many",
		"disconnect", "negotiation",	"protocol",	"no_identification",
	};

	return name_of(names, COUNT(names), reason);
}

const char *event_trace_name(uint8_t trace)
{
	static const char *const names[TRACE_MAX] = {"daemon", "pam", "audit", "user", "error", "module"};

	return name_of(names, COUNT(names), trace);
}
