/* SPDX-License-Identifier: MIT */
#include "survey.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <va/va_drm.h>

void (*set_faults)(const char *);
unsigned (*get_calls)(char *, size_t);

bool find_virtdec(void)
{
    set_faults = (void (*)(const char *))dlsym(RTLD_DEFAULT, "virtdec_fault");
    get_calls = (unsigned (*)(char *, size_t))dlsym(RTLD_DEFAULT, "virtdec_fault_calls");
    if (!set_faults || !get_calls)
        fprintf(stderr, "the virtual decoder is not preloaded\n");
    return set_faults && get_calls;
}

unsigned calls_of(const char *call)
{
    char text[4096], name[32], *rest = NULL;
    unsigned number;

    get_calls(text, sizeof(text));
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (sscanf(line, "%31s %u", name, &number) == 2 && !strcmp(name, call))
            return number;
    return 0;
}

bool open_session(struct session *session)
{
    int major, minor;

    session->fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
    session->display = vaGetDisplayDRM(session->fd);
    if (session->fd < 0 || !session->display)
        abort();
    return vaInitialize(session->display, &major, &minor) == VA_STATUS_SUCCESS;
}

void close_session(struct session *session)
{
    vaTerminate(session->display);
    close(session->fd);
}

unsigned open_files(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

unsigned mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512];
    unsigned count = 0;

    while (maps && fgets(line, sizeof(line), maps))
        count += strstr(line, "virtdec-buffer") != NULL;
    if (maps)
        fclose(maps);
    return count;
}

bool clean(const struct player *player)
{
    return player->right == player->recording->num_outputs && !player->errors && !player->marked &&
           !player->inconsistent;
}

static void read_counts(struct survey *survey, bool playing)
{
    char text[4096], *rest = NULL;

    survey->jobs = get_calls(text, sizeof(text));
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char call[24];
        unsigned number, i = 0;

        if (sscanf(line, "%23s %u", call, &number) != 2)
            continue;
        while (i < survey->num_counts && strcmp(survey->counts[i].call, call) != 0)
            i++;
        if (i == MAX_KINDS)
            continue;
        if (i == survey->num_counts) {
            survey->num_counts++;
            snprintf(survey->counts[i].call, sizeof(call), "%s", call);
        }
        survey->counts[i].total = number;
        if (playing)
            survey->counts[i].playing = number;
    }
}

static void make_survey(const struct recording *recording, struct survey *survey)
{
    struct session session = {.recording = recording};
    unsigned files = open_files(), maps = mappings();
    struct player player;

    set_faults("");
    if (!open_session(&session)) {
        snprintf(survey->problem, sizeof(survey->problem), "vaInitialize");
        return;
    }
    player_init(&player, session.display, recording);
    player_play(&player);
    read_counts(survey, true);
    if (!clean(&player))
        snprintf(survey->problem, sizeof(survey->problem),
                 "%u of %u pictures right, %u errors (%s)", player.right, player.outputs,
                 player.errors, player.first_error);
    player_close(&player);
    close_session(&session);
    read_counts(survey, false);
    if (open_files() != files || mappings() != maps)
        snprintf(survey->problem, sizeof(survey->problem), "%d descriptors, %d mappings leaked",
                 (int)(open_files() - files), (int)(mappings() - maps));
}

struct survey survey_of(const struct recording *recording)
{
    struct survey survey = {.num_counts = 0};
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        abort();
    pid = fork();
    if (!pid) {
        make_survey(recording, &survey);
        if (write(ends[1], &survey, sizeof(survey)) != sizeof(survey))
            _exit(3);
        _exit(0);
    }
    close(ends[1]);
    if (read(ends[0], &survey, sizeof(survey)) != sizeof(survey))
        snprintf(survey.problem, sizeof(survey.problem), "it died");
    close(ends[0]);
    waitpid(pid, NULL, 0);
    return survey;
}
