/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes TCP connections at a rate: connects ADDRESS PORT NUMBER RATE. A child listens at the address and takes them.
 * Prints how many were made, and how many milliseconds it took.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in6 to = {.sin6_family = AF_INET6};

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static pid_t serve(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM, 0), on = 1;
	pid_t pid;

	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) != 0 || listen(fd, 1024) != 0) {
		perror("connects");
		exit(1);
	}
	pid = fork();
	if (pid != 0) {
		close(fd);
		return pid;
	}
	for (;;)
		close(accept(fd, NULL, NULL));
}

int main(int argc, char **argv)
{
	long number = argc == 5 ? atol(argv[3]) : 0, rate = argc == 5 ? atol(argv[4]) : 0, made = 0;
	char text[64];
	long long start;
	pid_t server;

	if (argc != 5 || rate <= 0)
		return 2;
	snprintf(text, sizeof(text), "%s%s", strchr(argv[1], ':') ? "" : "::ffff:", argv[1]);
	if (inet_pton(AF_INET6, text, &to.sin6_addr) != 1)
		return 2;
	to.sin6_port = htons((uint16_t)atoi(argv[2]));
	server = serve();
	start = now_us();
	for (long i = 0; i < number; i++) {
		static const struct linger at_once = {1, 0}; /* no port stays in TIME_WAIT */
		int fd = socket(AF_INET6, SOCK_STREAM, 0);
		long long early = start + i * 1000000LL / rate - now_us();

		if (early > 200)
			usleep((useconds_t)early);
		made += connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(fd);
	}
	printf("%ld %lld\n", made, (now_us() - start) / 1000);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return 0;
}
