/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A core that an attacker has taken over: caltropd starts it as [guard] core, and it asks for what /tmp/hostile says,
 * one request a line, each after the receipt of the one before:
 *
 *	ban PREFIX SECONDS RULE | flood COUNT SECONDS RULE | reset ACCOUNT RULE | logout ACCOUNT RULE
 *	type TERMINAL TEXT -
 *
 * `flood` bans that many addresses of 100.64.0.0/10, `type` types into a terminal, a descriptor or a path. Standard
 * error, which is caltropd's, gets every receipt's text but those of a flood, and at the end "hostile: done".
 */
/*
 * A core that an attacker has taken over: caltropd starts it as [guard] core, and it asks for what /tmp/hostile says,
 * one request a line, each after the receipt of the one before:
 *
 *	ban PREFIX SECONDS RULE | flood COUNT SECONDS RULE | reset ACCOUNT RULE | logout ACCOUNT RULE | type TERMINAL
 *TEXT -
 *
 * `flood` bans that many addresses of 100.64.0.0/10; `type` types into a terminal, a descriptor or a path. Standard
 *error, which is caltropd's, gets every receipt's text but those of a flood, and at the end "hostile: done".
 */
#include "agent/common/core_fds.h"
#include "agent/common/message.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define SCRIPT "/tmp/hostile"
#define PATIENCE_MS 5000

static uint64_t requests;

/* The answer to the last request; state and health that come between are passed over. */
static void receive(struct actor_receipt *out)
{
	struct pollfd p = {CORE_FD_ACTOR, POLLIN, 0};
	char message[4096];

	do {
		if (poll(&p, 1, PATIENCE_MS) <= 0 || recv(CORE_FD_ACTOR, message, sizeof(message), 0) <= 0) {
			fprintf(stderr, "hostile: no answer\n");
			exit(1);
		}
		memcpy(out, message, sizeof(*out));
	} while (out->header.type != ACTOR_RECEIPT || out->header.request_id != requests);
}

static void ask(const struct verb_args *args, const char *rule, bool quiet)
{
	struct actor_act act;
	struct actor_receipt receipt;

	memset(&act, 0, sizeof(act));
	act.header = (struct actor_header){MESSAGE_VERSION, ACTOR_ACT, sizeof(act), ++requests};
	act.origin = ORIGIN_RULE;
	snprintf(act.rule, sizeof(act.rule), "%s", rule);
	act.args = *args;
	if (send(CORE_FD_ACTOR, &act, sizeof(act), MSG_NOSIGNAL) != (ssize_t)sizeof(act))
		exit(1);
	receive(&receipt);
	if (!quiet)
		fprintf(stderr, "hostile: %s\n", receipt.text);
}

static void flood(const char *count, const char *seconds, const char *rule)
{
	unsigned long end = strtoul(count, NULL, 10);
	struct verb_args args = {.verb = VERB_BAN, .addr = {4, 32, {100, 64}}};

	args.duration_s = (uint32_t)strtoul(seconds, NULL, 10);
	for (unsigned long i = 1; i <= end; i++) {
		args.addr.bytes[2] = (uint8_t)(i >> 8);
		args.addr.bytes[3] = (uint8_t)i;
		ask(&args, rule, true);
	}
}

static void type(const char *terminal, const char *text)
{
	int fd = terminal[0] == '/' ? open(terminal, O_RDWR | O_CLOEXEC) : atoi(terminal);
	int typed = 0;

	for (; *text && fd >= 0; text++)
		typed += ioctl(fd, TIOCSTI, text) == 0;
	fprintf(stderr, "hostile: %s\n", typed ? "typed" : "cannot type");
}

static void obey(char word[4][64])
{
	struct verb_args args = {.verb = verb_number(word[0])};

	if (strcmp(word[0], "flood") == 0) {
		flood(word[1], word[2], word[3]);
		return;
	}
	if (strcmp(word[0], "type") == 0) {
		type(word[1], word[2]);
		return;
	}
	if (args.verb == VERB_BAN) {
		if (addr_parse_prefix(str_from(word[1]), &args.addr) != ERR_OK)
			exit(1);
		args.duration_s = (uint32_t)strtoul(word[2], NULL, 10);
		ask(&args, word[3], false);
		return;
	}
	snprintf(args.account, sizeof(args.account), "%.32s", word[1]);
	ask(&args, word[2], false);
}

int main(void)
{
	struct actor_header ready = {MESSAGE_VERSION, ACTOR_READY, sizeof(ready), 0};
	FILE *script = fopen(SCRIPT, "re");
	char line[256], word[4][64];

	if (!script || send(CORE_FD_ACTOR, &ready, sizeof(ready), MSG_NOSIGNAL) != (ssize_t)sizeof(ready))
		return 1;
	while (fgets(line, sizeof(line), script)) {
		memset(word, 0, sizeof(word));
		if (sscanf(line, "%63s %63s %63s %63s", word[0], word[1], word[2], word[3]) >= 3)
			obey(word);
	}
	fprintf(stderr, "hostile: done\n");
	pause();
	return 0;
}
