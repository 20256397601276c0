/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sensor saw, in the one form that all stages of the guard use. Its size is fixed. Its strings point into the
 * bytes that the decoder was given, or into the decoder's own memory, and are valid only during the call that passes
 * the event; a stage that needs a string for longer copies it.
 *
 * A kind of event is a plain C struct and a table of its fields (fields.h). Adding one takes a header with the struct,
 * a file with the rows, a member of the union here, a row in kinds.c, and its message in proto/caltrop/v1/event.proto.
 * Records, folding, JSON, the API and the command line walk the rows and need nothing.
 */
#pragma once

#include "agent/base/now.h"
#include "agent/base/severity.h"
#include "agent/base/str.h"
#include "agent/event/account.h"
#include "agent/event/auth.h"
#include "agent/event/connection.h"
#include "agent/event/exposure.h"
#include "agent/event/file.h"
#include "agent/event/listener.h"
#include "agent/event/module.h"
#include "agent/event/packet.h"
#include "agent/event/peripheral.h"
#include "agent/event/process.h"
#include "agent/event/session.h"

#include <stdbool.h>
#include <stdint.h>

enum event_kind {
	EVENT_AUTH = 0,
	EVENT_PROCESS = 1,
	EVENT_CONNECTION = 2,
	EVENT_LISTENER = 3,
	EVENT_PACKET = 4,
	EVENT_FILE = 5,
	EVENT_MODULE = 6,
	EVENT_PERIPHERAL = 7,
	EVENT_SESSION = 8,
	EVENT_EXPOSURE = 9,
	EVENT_ACCOUNT = 10,
	EVENT_KINDS = 11,
};

struct event {
	uint8_t kind;	  /* enum event_kind */
	uint8_t severity; /* enum severity, of the record that is made of it */
	bool quiet;	/* it is told of, and no rule of a pack judges it: somebody said that such things happen now */
	bool alone;	/* it always becomes a record of its own, and is not counted with equal ones */
	uint32_t count; /* how many it stands for, at least 1 ("message repeated 3 times" gives 3) */
	int64_t stamp_us; /* the line's own wall time since 1970; 0: it has none, or one without year and zone */
	struct str line;  /* the whole line as it was read: the evidence; empty: it was no line */
	union {
		struct auth_event auth;
		struct process_event process;
		struct connection_event connection;
		struct listener_event listener;
		struct packet_event packet;
		struct file_event file;
		struct module_event module;
		struct peripheral_event peripheral;
		struct session_event session;
		struct exposure_event exposure;
		struct account_event account;
	};
};
