/* SPDX-License-Identifier: Apache-2.0 */
/* An authentication event: one trace of somebody who logs in, or tries to. Its rows are in auth.c. */
#pragma once

#include "agent/base/addr.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum auth_outcome {
	AUTH_INFO = 0, /* about an attempt, but no verdict: it counts as no attempt */
	AUTH_SUCCESS = 1,
	AUTH_FAILURE = 2,
	AUTH_PROBE = 3, /* abuse before authentication: scans, bad protocol, no common key exchange */
};

/* What left the trace. One attempt leaves at most one trace of each kind; rules/attempt.h counts it once. */
enum auth_trace {
	TRACE_DAEMON = 0, /* the verdict of the service itself: "Failed password for ..." */
	TRACE_PAM = 1,	  /* pam_unix(...): authentication failure */
	TRACE_AUDIT = 2,  /* kernel audit USER_AUTH record */
	TRACE_USER = 3,	  /* "Invalid user NAME from ..." */
	TRACE_ERROR = 4,  /* "error: PAM: Authentication failure for ..." */
	TRACE_MODULE = 5, /* another PAM module than pam_unix: "pam_sss(...): authentication failure" */
	TRACE_MAX = 6,
};

/* The numbers are in saved states, so none is ever changed or used again; a new service takes the next one. */
enum auth_service {
	SERVICE_NONE = 0,
	SERVICE_SSHD = 1,
	SERVICE_DROPBEAR = 2,
	SERVICE_LOGIN = 3,
	SERVICE_TELNETD = 4,
	SERVICE_SU = 5,
	SERVICE_SUDO = 6,
	SERVICE_VSFTPD = 7,
	SERVICE_PROFTPD = 8,
	SERVICE_PUREFTPD = 9,
	SERVICE_LIGHTTPD = 10,
	SERVICE_NGINX = 11,
	SERVICE_OTHER = 12,
	SERVICE_MAX = 13,
};

enum auth_method {
	METHOD_NONE = 0,
	METHOD_PASSWORD,
	METHOD_PUBLICKEY,
	METHOD_KEYBOARD,
	METHOD_HOSTBASED,
	METHOD_GSSAPI,
	METHOD_BASIC,
	METHOD_DIGEST,
	METHOD_OTHER,
	METHOD_MAX,
};

enum auth_reason {
	REASON_NONE = 0,
	REASON_BAD_CREDENTIAL, /* wrong password, key or response */
	REASON_UNKNOWN_USER,   /* the account does not exist */
	REASON_NOT_ALLOWED,    /* AllowUsers/DenyUsers, locked, expired, shell refused */
	REASON_TOO_MANY,       /* maximum authentication attempts exceeded */
	REASON_DISCONNECT,     /* closed or reset before authentication */
	REASON_NEGOTIATION,    /* no matching key exchange, cipher or host key */
	REASON_PROTOCOL,       /* bad protocol identification or packet */
	REASON_NO_IDENT,       /* did not receive identification string */
	REASON_MAX,
};

struct auth_event {
	uint8_t service;	 /* enum auth_service */
	uint8_t outcome;	 /* enum auth_outcome */
	uint8_t trace;		 /* enum auth_trace */
	uint8_t method;		 /* enum auth_method */
	uint8_t reason;		 /* enum auth_reason */
	bool granted;		 /* AUTH_INFO: a PAM module said yes, or a session began; the service has not said so */
	bool shared;		 /* the process that logged serves many clients, and the line does not say which */
	uint16_t src_port;	 /* 0: the line does not say it */
	uint32_t pid;		 /* of the process that logged; 0: the line does not say it */
	uint32_t conversation;	 /* of the client's own process, where another one logged; 0: `pid` is it */
	uint32_t repeats;	 /* decoders: how many a line is, 0: one; it becomes the event's count */
	struct addr src;	 /* family 0: the line names no address */
	struct str src_host;	 /* the host name, when the line has one in place of an address */
	struct str user;	 /* the account that was tried; an attacker may choose any bytes for it */
	struct str request;	 /* of a web server: method and URL, by which its answers belong together; else empty */
	struct str target;	 /* su, sudo: the account that `user` wanted to act as */
	struct str service_name; /* SERVICE_OTHER: the name in the log */
};

/*
 * What is a service's own in the traces that it leaves, for who matches them (rules/attempt.h). Masks have a bit for
 * each auth_method, AUTH_METHOD(METHOD_PASSWORD). A service of which nothing is said here is matched by src and user
 * wherever its lines have different process numbers, and every line of it is expected to name its src.
 */
struct auth_service_row {
	bool src_first;	      /* the first line of a connection names its src, and later ones may leave it out */
	bool pam_names_known; /* PAM and audit name only users that exist: where they name none, it does not exist */
	uint16_t verdict_pid; /* methods: the service's verdict has the process number that the PAM line had */
	uint16_t one_pid;     /* methods: all lines of a conversation have one process number */
};

#define AUTH_METHOD(method) ((uint16_t)(1u << (method)))
#define AUTH_METHODS ((uint16_t)(AUTH_METHOD(METHOD_MAX) - 1)) /* all of them */

/* The row of a service, one that says nothing for other numbers. Never NULL. */
const struct auth_service_row *auth_service(uint8_t service);

/*
 * Whether an AUTH_PROBE only says that a client came and went, as those of monitors do ("Connection closed by A port
 * N", also the end of a session of sshd before 7.6). It means nothing by itself.
 */
static inline bool auth_only_left(const struct auth_event *e)
{
	return e->trace == TRACE_ERROR && (e->reason == REASON_DISCONNECT || e->reason == REASON_NO_IDENT);
}

/* The name of a service, "sshd"; "unknown" for other numbers. Never NULL. */
const char *auth_service_name(uint8_t service);
