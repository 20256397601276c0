/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The actor: all that it holds, and what every part of it may do. There is one in the process, in static memory.
 */
#pragma once

#include "agent/actor/ledger/journal.h"
#include "agent/actor/ledger/ledger.h"
#include "agent/actor/ledger/undo.h"
#include "agent/actor/rails/mandate.h"
#include "agent/actor/rails/rails.h"
#include "agent/actor/starter/starter.h"
#include "agent/actor/sys/child.h"
#include "agent/actor/sys/cut.h"
#include "agent/actor/sys/hosts.h"
#include "agent/actor/sys/netfilter.h"
#include "agent/actor/sys/owners.h"
#include "agent/actor/sys/quarantine.h"
#include "agent/actor/sys/worker.h"
#include "agent/actor/verb/action.h"
#include "agent/actor/verb/immunity.h"
#include "agent/actor/verb/objects.h"
#include "agent/actor/verb/play.h"
#include "agent/actor/verb/playbooks.h"
#include "agent/actor/verb/proof.h"
#include "agent/actor/verb/run.h"
#include "agent/actor/verb/secrets.h"
#include "agent/actor/verb/tuning.h"
#include "agent/base/budget.h"
#include "agent/common/message.h"
#include "agent/common/reading.h"
#include "agent/common/settings.h"

#include <stdbool.h>
#include <stdint.h>

#define ACTOR_ACTIONS_MAX 8 /* under way at once; more are answered ERR_BUSY */
#define ACTOR_OUTBOX_MAX 64 /* messages kept for a core that cannot take them; then new ones are dropped, counted */

#define ACCOUNTS_KEYS_MAX 8u /* accounts whose keys were taken that are remembered; the oldest is forgotten */
#define ACCOUNTS_KEYS_S 60   /* for how long, which is longer than a reset and the logout behind it take */

/* Large enough for every message to the core. */
union actor_message {
	struct actor_header header;
	struct actor_receipt receipt;
	struct actor_head head;
	struct actor_effect effect;
	struct actor_health health;
	struct actor_nets nets;
	struct actor_object_answer object_answer;
	struct actor_owner_answer owner_answer;
};

struct actor {
	const struct action_row *const *rows; /* of this build, ends with NULL; set before anything else */
	const struct means *means[MEANS_MAX]; /* of those rows, each once */
	unsigned means_count;
	struct settings settings;
	struct budget budgets[ACTION_BUDGETS]; /* by enum action_budget */
	struct rails_hosts rails_hosts;

	/* The kernel. */
	struct netfilter netfilter;
	struct cut cut;
	enum err firewall;	 /* ERR_OK: it is as it should be */
	struct budget restores;	 /* how often it is put back before waiting */
	int64_t restore_us;	 /* when to put it back, 0: nothing to do */
	int64_t restore_wait_us; /* grows while that fails */
	int64_t watched_us;	 /* when the last damage was noticed */
	int64_t looked_us;	 /* when it was looked at last, where nobody tells of changes */
	bool damaged;		 /* by somebody else, not yet reported as put back */
	struct hosts hosts;
	int64_t look_us;     /* when suspensions are looked at again; 0: there was none */
	int64_t look_all_us; /* when also for what their trees started */

	/* STATE_DIR/actor and what is in it. */
	int64_t doubt_us; /* when to look at those whose means were changed by others, 0: none were */
	const struct means *doubted;
	struct {
		char account[VERB_ACCOUNT_MAX];
		int64_t mono_us;
	} keys_taken[ACCOUNTS_KEYS_MAX];
	unsigned keys_taken_next;
	int accounts_watch; /* inotify on the directory of the account files, -1: none */
	struct ledger ledger;
	int64_t restore_effects_us; /* when to make them true again that could not be made true, 0: all are */
	int state_dir;
	int keys_dir; /* the same, or STATE_DIR's where only that of RUN_DIR can be written */
	bool forgets; /* it is in RUN_DIR, because STATE_DIR is read-only, which the settings do not say */
	struct journal journal;
	uint8_t boot[JOURNAL_BOOT];
	unsigned clock_doubted; /* records of the journal whose time the clock could not tell */
	struct mandate mandate;
	char trust_path[SETTINGS_PATH_MAX + 64];
	struct undo undo;
	struct quarantine quarantine;
	struct worker worker;
	struct starter starter;
	struct {
		uint16_t verb; /* start or stop, for whose end a ticket waits; 0: the place is free */
		char name[VERB_NAME_MAX];
		uint32_t ticket;
	} service_calls[STARTER_JOBS_MAX];
	int64_t service_look_us; /* when services that are to be down are looked at again; 0: there was none */
	int64_t reboot_us;	 /* when a reboot, due or done, is looked at again; 0: at once */
	uint32_t reboot_ticket;	 /* of the program that was asked for it; 0: it was not, or has ended well */
	struct secrets secrets;
	struct objects objects;
	struct playbooks playbooks;
	struct tuning tuning;
	struct immunity immunity;
	struct plays plays;
	struct proof proof;
	struct owners owners;

	/* The core. */
	struct child child;
	struct reading reading;
	bool ready;		    /* it asked for the state in force */
	unsigned effects_to_send;   /* of that state, from the last row down */
	struct actor_source held;   /* a request that the socket takes no answer to at the moment; type 0: none */
	struct actor_header synced; /* its end, to be sent after them; type 0: not due */
	struct action actions[ACTOR_ACTIONS_MAX];
	struct run runs[RUNS_MAX];
	union actor_message outbox[ACTOR_OUTBOX_MAX];
	unsigned outbox_first, outbox_count;
	uint32_t outbox_dropped;
	struct actor_health health, health_sent;
};

/* Queue a message for the core and send what can be sent. */
void actor_send(struct actor *a, const union actor_message *message);

/* Send the messages that wait, as many as the socket takes. ERR_CLOSED: the core has ended. */
ERR_CHECK enum err actor_flush(struct actor *a);

/*
 * The core has ended. With `kept`, all messages that wait are dropped: proof.h keeps the receipts. Else receipts that
 * still wait go to the next core, with request_id 0, because it did not make those requests.
 */
void actor_core_gone(struct actor *a, bool kept);

/*
 * Note the result of the journal's last write, for health. If it is ERR_OK, health reports what else is wrong: room
 * that could not be reserved (ERR_NO_SPACE), or, until the next start, records that were lost (ERR_CORRUPT).
 */
void actor_note_journal(struct actor *a, enum err err);

/* Report to the core that an effect is in force, or, if `gone`, no longer. */
void actor_send_effect(struct actor *a, const struct effect *e, bool gone);

/* Report to the core which networks the device needs. Call it after each change of rails_hosts. */
void actor_send_nets(struct actor *a);

/* Set the budgets of rules from the settings. Call it at start and when the settings were read again. */
void actor_budgets(struct actor *a);

/* Send the health when it has changed. */
void actor_send_health(struct actor *a);
