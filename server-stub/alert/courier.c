/* SPDX-License-Identifier: Apache-2.0 */
/* Passes messages to the courier's process, and what it answers back. */
#include "server-stub/alert/courier.h"

#include "agent/base/str.h"
#include "server-stub/alert/courier_work.h"
#include "server-stub/outside/aide.h"

#include <stddef.h>
#include <string.h>

#define PROCESS_NAME "caltrop-courier"

static int work(int fd, const void *setup)
{
	return courier_work(fd, setup);
}

enum err courier_start(const struct courier_setup *setup, struct aide **out)
{
	return aide_start(&(struct aide_setup){PROCESS_NAME, work, setup}, out);
}

enum err courier_send(struct aide *c, const struct courier_job *job)
{
	return aide_send(c, job, offsetof(struct courier_job, body) + job->len);
}

enum err courier_hear(struct aide *c, struct courier_answer *answer)
{
	char text[COURIER_TEXT_MAX];
	enum err err = aide_hear(c, answer, sizeof(*answer));

	if (err != ERR_OK)
		return err;
	/* It may be captured, and what it says goes to the log and to people. */
	memcpy(text, answer->text, sizeof(text));
	str_show((struct str){text, strnlen(text, sizeof(text))}, answer->text, sizeof(answer->text));
	return ERR_OK;
}
