/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/common/thread.h"

#include <pthread.h>
#include <signal.h>

#define STACK_BYTES (128 << 10)

enum err thread_start(void *(*work)(void *unused))
{
	pthread_attr_t attributes;
	sigset_t all, before;
	pthread_t thread;
	int failed;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	failed = pthread_create(&thread, &attributes, work, NULL);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err_from_errno(failed);
}
