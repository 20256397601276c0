/* SPDX-License-Identifier: Apache-2.0 */
/* caltrop-core, the unprivileged half of the guard. Only caltropd starts it, with the descriptors of core_fds.h. */
#include "agent/shell/core_main.h"

#include "agent/base/output.h"
#include "agent/base/say.h"
#include "agent/common/core_fds.h"
#include "agent/shell/loop.h"
#include "agent/shell/own_host.h"
#include "agent/shell/process.h"
#include "agent/shell/sandbox.h"
#include "agent/source/log.h"

#include <stdio.h>
#include <string.h>

static struct loop loop;

int core_main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("caltrop-core " CALTROP_VERSION);
		return output_end(&(struct output_end){"caltrop-core", 0, 1});
	}
	say_open("caltrop-core");
	process_note_fds();
	if (argc != 1 || !process_has_fd(CORE_FD_SETTINGS) || !process_has_fd(CORE_FD_ACTOR)) {
		fputs("caltrop-core takes no arguments; caltropd(8) starts it\n", stderr);
		return 2;
	}
	if (process_prepare() != ERR_OK)
		log_fatal("caltrop-core does not run as root: set another user by [guard] user");
	process_short_slice();
	own_host_tell();
	loop_init(&loop);
	sandbox_enter(&loop);
	return loop_run(&loop);
}
