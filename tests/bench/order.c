/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long from an operator's order to the receipt at the operator, over the API of a running service with an enrolled
 * guard: POST the order on a kept connection, follow it on another that is open already, until the stream says that no
 * target will change any more.
 *
 *   order session --dir FLEET                  before the service starts: prints a bearer token
 *   order run --address A --port N --token T --device NAME [--floor FOLDER] [--tries N] [--gap-ms M]
 *
 * Prints n, p50, p90, p99, max in microseconds, and how many orders were not done within five seconds. With --floor,
 * what an order cannot do without (load_sign.h) is measured before every one, and told in a second line, "floor n ...".
 */
#include "tests/bench/load/load_api.h"
#include "tests/bench/load/load_sign.h"
#include "tests/bench/load/load_times.h"

#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_US 5000000

struct options {
	const char *dir, *address, *token, *device, *floor;
	int port, tries, gap_ms;
};

/* Microseconds until the order was done, or -1. */
static int64_t one_order(struct load_api *push, struct load_api *follow, const struct options *o, int try)
{
	char body[512], path[128], id[64];

	snprintf(body, sizeof(body),
		 "{\"verb\":\"ban\",\"params\":{\"addr\":\"198.18.%d.%d\",\"duration_s\":600},\"devices\":[\"%s\"]}",
		 try / 250, try % 250 + 1, o->device);
	int64_t start = load_times_clock_us();
	int status = load_api_call(push, "POST", "/api/v1/orders", body);

	if (status != 201 || !load_api_member(push, "id", id, sizeof(id))) {
		fprintf(stderr, "order: answered with %d: %.500s\n", status, push->body);
		exit(1);
	}
	snprintf(path, sizeof(path), "/api/v1/orders/%s/stream", id);
	status = load_api_listen(follow, path);
	if (status != 200) {
		fprintf(stderr, "order: the stream answered with %d: %.500s\n", status, follow->body);
		exit(1);
	}
	if (!load_api_hears(follow, "event: done", TIMEOUT_US) || !load_api_hears(follow, "\"done\":1", TIMEOUT_US))
		return -1;
	return load_times_clock_us() - start;
}

static int run(const struct options *o)
{
	static struct load_api push, follow;
	static struct load_times times, floor;

	if (o->floor)
		load_sign_open(o->floor);
	load_api_open(&push, o->address, (uint16_t)o->port, o->token);
	for (int try = 0; try < o->tries; try++) {
		if (o->floor)
			load_times_add(&floor, load_sign_once());
		load_api_open(&follow, o->address, (uint16_t)o->port, o->token);
		poll(NULL, 0, o->gap_ms); /* the operator's pace, not a wait for an event */
		load_times_add(&times, one_order(&push, &follow, o, try));
		load_api_close(&follow);
	}
	load_times_print(&times);
	if (o->floor) {
		printf("floor ");
		load_times_print(&floor);
	}
	return times.n == 0;
}

static struct options read_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{"dir", required_argument, NULL, 'D'},
		{"address", required_argument, NULL, 'a'},
		{"port", required_argument, NULL, 'p'},
		{"token", required_argument, NULL, 't'},
		{"device", required_argument, NULL, 'd'},
		{"tries", required_argument, NULL, 'n'},
		{"gap-ms", required_argument, NULL, 'g'},
		{"floor", required_argument, NULL, 'f'},
		{NULL, 0, NULL, 0},
	};
	struct options o = {NULL, "127.0.0.1", NULL, NULL, NULL, 8444, 200, 20};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'D': o.dir = optarg; break;
		case 'a': o.address = optarg; break;
		case 'p': o.port = (int)strtol(optarg, NULL, 10); break;
		case 't': o.token = optarg; break;
		case 'd': o.device = optarg; break;
		case 'n': o.tries = (int)strtol(optarg, NULL, 10); break;
		case 'f': o.floor = optarg; break;
		case 'g': o.gap_ms = (int)strtol(optarg, NULL, 10); break;
		default: exit(2);
		}
	}
	return o;
}

int main(int argc, char **argv)
{
	struct options o = read_options(argc, argv);
	const char *command = optind < argc ? argv[optind] : "";
	char token[64];

	if (strcmp(command, "session") == 0 && o.dir) {
		load_fleet_session(o.dir, token);
		puts(token);
		return 0;
	}
	if (strcmp(command, "run") == 0 && o.token && o.device && o.tries > 0 && o.tries <= LOAD_TIMES_MAX)
		return run(&o);
	fprintf(stderr, "usage: order session --dir FLEET\n"
			"       order run --address A --port N --token T --device NAME [--floor FOLDER] [--tries N]\n"
			"                 [--gap-ms M]\n");
	return 2;
}
