/* SPDX-License-Identifier: MIT */
/*
 * Every call that the driver makes fails once: faults RECORDING TRUTH WIDTH HEIGHT [OPTION...].
 *
 * A clean run counts the calls of each kind. Then, for each of them and each plausible errno, a
 * child of its own decodes with exactly that call failing, decodes again in the same context and
 * surfaces, and once more in new ones of the same display. Wanted of each: no crash, no call over
 * 5 s, no wrong picture of which neither an error status before it tells nor vaQuerySurfaceError
 * when vaSyncSurface returns, an identical decode afterwards, and all descriptors and mappings
 * given back (memory: under the leak sanitizer).
 *
 *   only=CALL       that kind alone       only=CALL:N:ERRNO  that fault alone, verbose
 *   stride=N        of calls that are repeated for every picture, each N-th
 */
#include "children.h"
#include "survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_CALL 5.0 /* seconds */
#define LONGEST_RUN  40  /* seconds; a run that takes longer hangs */
#define PARALLEL     2
#define WAITING      32 /* runs at once that do little but wait for a device that hangs */
#define FIRST_CALLS  8  /* of a kind, which set up: none of them is left out */

static const struct {
    const char *call, *errors;
} plausible[] = {
    {"QUERYCAP", "EIO ENODEV"},
    {"ENUM_FMT", "EIO ENODEV"},
    {"ENUM_FRAMESIZES", "EIO ENODEV"},
    {"G_FMT", "EIO ENODEV"},
    {"S_FMT", "EBUSY ENOMEM ENODEV"},
    {"REQBUFS", "ENOMEM EBUSY ENODEV"},
    {"CREATE_BUFS", "ENOMEM EBUSY EINTR ENODEV"},
    {"QUERYBUF", "EINVAL ENODEV"},
    {"EXPBUF", "EMFILE ENOMEM ENODEV"},
    {"QBUF", "EINVAL EIO ENOMEM EBUSY EINTR ENODEV"},
    {"DQBUF", "EIO EINVAL EPIPE EINTR ENODEV"},
    {"STREAMON", "EINVAL ENOMEM EPIPE ENODEV"},
    {"STREAMOFF", "EINVAL EIO ENODEV"},
    {"DECODER_CMD", "EINVAL ENODEV"},
    {"QUERY_EXT_CTRL", "EIO ENODEV"},
    {"QUERYMENU", "EIO ENODEV"},
    {"S_EXT_CTRLS", "EINVAL ENOMEM EBUSY EINTR ENODEV"},
    {"DEVICE_INFO", "EIO ENODEV"},
    {"G_TOPOLOGY", "ENOMEM EFAULT ENODEV"},
    {"REQUEST_ALLOC", "ENOMEM EMFILE ENODEV"},
    {"REQUEST_QUEUE", "EBUSY ENOMEM EINVAL EINTR ENODEV"},
    {"REQUEST_REINIT", "EBUSY ENODEV"},
    {"DMA_BUF_SYNC", "EIO EINTR EAGAIN"},
    {"open", "EMFILE EACCES ENODEV"},
    {"mmap", "ENOMEM"},
    {"poll", "ENOMEM EINTR"},
    {"memory", "ENOMEM"},
    {"malloc", "ENOMEM"},
    {"calloc", "ENOMEM"},
    {"realloc", "ENOMEM"},
    {"map", "ENOMEM"},
    {"dup", "EMFILE"},
    {"opendir", "EMFILE"},
    {"fdopen", "ENOMEM"},
    {"open_memstream", "ENOMEM"},
};

struct plan {
    const char *call;
    unsigned number;
    char error[16];
    bool closing; /* the call comes when everything is closed */
};

/* `only_damages`: no call may fail. Of a damaged picture its own surface alone tells, which may be
 * shown after one that refers to it. */
static void judge(struct outcome *outcome, const char *what, const struct player *player,
                  bool only_damages, bool must_be_clean)
{
    if (player->silent && !(only_damages && player->marked))
        FAIL(outcome, "%s: %u of %u pictures wrong and no error before", what, player->silent,
             player->outputs);
    if (player->inconsistent)
        FAIL(outcome, "%s: vaQuerySurfaceError contradicts vaSyncSurface", what);
    if (player->marked && !only_damages)
        FAIL(outcome, "%s: vaSyncSurface succeeds and vaQuerySurfaceError tells an error", what);
    if (player->errors && only_damages)
        FAIL(outcome, "%s: %u errors (%s) for a damaged picture", what, player->errors,
             player->first_error);
    if (player->longest > LONGEST_CALL)
        FAIL(outcome, "%s: %s took %.1f s", what, player->longest_call, player->longest);
    if (must_be_clean && !clean(player))
        FAIL(outcome, "%s: %u of %u pictures right, %u errors (%s)", what, player->right,
             player->outputs, player->errors, player->first_error);
}

static bool lasting(const struct plan *plan)
{
    return !strcmp(plan->call, "hang") || !strcmp(plan->call, "gone");
}

/* The part with the fault. Returns whether the display is still good. */
static bool play_with_fault(struct session *session, const struct plan *plan,
                            struct outcome *outcome)
{
    struct player player;
    char spec[64];

    snprintf(spec, sizeof(spec), "%s:%u:%s", plan->call, plan->number, plan->error);
    set_faults(spec);
    if (!open_session(session)) {
        set_faults("");
        close_session(session);
        return false;
    }
    player_init(&player, session->display, session->recording);
    player_play(&player);
    if (!plan->closing) {
        judge(outcome, "with the fault", &player, !strcmp(plan->call, "decode"),
              !strcmp(plan->error, "EINTR"));
        if (lasting(plan) && !player.errors)
            FAIL(outcome, "nothing was reported");
        /* The end of a device is the end of its contexts; all else passes. */
        if (strcmp(plan->error, "ENODEV") != 0 && !lasting(plan)) {
            set_faults("");
            player_play(&player);
            judge(outcome, "again", &player, false, true);
        }
    }
    player_close(&player);
    if (player.longest > LONGEST_CALL)
        FAIL(outcome, "%s took %.1f s", player.longest_call, player.longest);
    if (plan->closing) {
        close_session(session);
        return false;
    }
    set_faults("");
    return true;
}

static void run_plan(const struct recording *recording, const struct plan *plan,
                     struct outcome *outcome)
{
    struct session session = {.recording = recording};
    unsigned files = open_files(), maps = mappings();
    struct player player;

    if (!play_with_fault(&session, plan, outcome)) {
        set_faults("");
        if (!open_session(&session)) {
            FAIL(outcome, "vaInitialize fails after the fault");
            return;
        }
    }
    player_init(&player, session.display, recording);
    player_play(&player);
    judge(outcome, "anew", &player, false, true);
    if (!player_close(&player))
        FAIL(outcome, "closing: %s", player.first_error);
    close_session(&session);
    if (open_files() != files)
        FAIL(outcome, "%d descriptors leaked", (int)(open_files() - files));
    if (mappings() != maps)
        FAIL(outcome, "%d mappings leaked", (int)(mappings() - maps));
    outcome->survived = !outcome->text[0];
}

/* ---- all of them ------------------------------------------------------------------------- */

/* A run of its own process. */
struct planned {
    const struct recording *recording;
    struct plan plan;
    struct child child;
};

static void run_planned(const void *argument, struct outcome *outcome)
{
    const struct planned *planned = argument;

    run_plan(planned->recording, &planned->plan, outcome);
}

struct run {
    const struct recording *recording;
    struct planned children[WAITING];
    unsigned first, running, most; /* at once */
    unsigned tried;                /* calls of the current kind that failed in some run */
    unsigned runs, survived;       /* of the current kind of call */
    unsigned all_tried, all_runs, all_survived;
};

static void reap_child(struct run *run)
{
    struct planned *planned = &run->children[run->first];
    struct outcome outcome = child_finish(&planned->child, LONGEST_RUN);

    run->first = (run->first + 1) % WAITING;
    run->running--;
    run->runs++;
    run->survived += outcome.survived;
    if (!outcome.survived)
        printf("not survived: %s:%u:%s%s: %s\n", planned->plan.call, planned->plan.number,
               planned->plan.error, planned->plan.closing ? " (closing)" : "", outcome.text);
}

static void add_run(struct run *run, const struct plan *plan)
{
    struct planned *planned;

    if (run->running == run->most)
        reap_child(run);
    planned = &run->children[(run->first + run->running) % WAITING];
    *planned = (struct planned){.recording = run->recording, .plan = *plan};
    child_start(&planned->child, run_planned, planned);
    run->running++;
}

static void end_kind(struct run *run, const char *call, unsigned calls, const char *errors)
{
    while (run->running)
        reap_child(run);
    printf("%-16s %4u of %4u calls, %5u runs, %5u survived (%s)\n", call, run->tried, calls,
           run->runs, run->survived, errors);
    fflush(stdout);
    run->all_tried += run->tried;
    run->all_runs += run->runs;
    run->all_survived += run->survived;
    run->tried = run->runs = run->survived = 0;
}

static void run_kind(struct run *run, const struct count *count, const char *errors,
                     unsigned stride)
{
    for (unsigned n = 1; n <= count->total; n++) {
        char text[64], *rest = NULL;

        /* The first calls set up and the last ones take down; between them all are alike. */
        if (n > FIRST_CALLS && n < count->playing && n % stride)
            continue;
        run->tried++;
        snprintf(text, sizeof(text), "%s", errors);
        for (char *error = strtok_r(text, " ", &rest); error; error = strtok_r(NULL, " ", &rest)) {
            struct plan plan = {.call = count->call, .number = n, .closing = n > count->playing};

            snprintf(plan.error, sizeof(plan.error), "%s", error);
            add_run(run, &plan);
        }
    }
    end_kind(run, count->call, count->total, errors);
}

/* Faults of the device and not of a call; `stride` apart. */
static void start_special(struct run *run, const char *call, unsigned jobs, unsigned stride)
{
    for (unsigned n = 1; n <= jobs; n += n < 4 ? 1 : stride) {
        struct plan plan = {.call = call, .number = n, .error = "EIO"};

        run->tried++;
        add_run(run, &plan);
    }
}

static void run_special(struct run *run, const char *call, unsigned jobs, unsigned stride)
{
    start_special(run, call, jobs, stride);
    end_kind(run, call, jobs, "from that job on");
}

static int run_one(const struct recording *recording, const char *fault)
{
    struct plan plan = {.number = 1, .error = "EIO"};
    struct outcome outcome = {.survived = false};
    char call[24];

    if (sscanf(fault, "%23[^:]:%u:%15[A-Z]", call, &plan.number, plan.error) < 2)
        return EXIT_FAILURE;
    plan.call = call;
    plan.closing = strstr(fault, ":closing") != NULL;
    run_plan(recording, &plan, &outcome);
    printf("%s: %s\n", fault, outcome.survived ? "survived" : outcome.text);
    fflush(stdout);
    return outcome.survived ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    struct run run = {.most = PARALLEL}, waiting = {.most = WAITING};
    struct recording *recording;
    const char *only = NULL;
    unsigned stride = 1, unknown = 0;
    struct survey survey;

    if (argc < 5) {
        fprintf(stderr, "usage: faults RECORDING TRUTH WIDTH HEIGHT [only=CALL] [stride=N]\n");
        return EXIT_FAILURE;
    }
    if (!find_virtdec())
        return EXIT_FAILURE;
    for (int i = 5; i < argc; i++) {
        if (!strncmp(argv[i], "only=", 5))
            only = argv[i] + 5;
        if (!strncmp(argv[i], "stride=", 7))
            stride = (unsigned)strtoul(argv[i] + 7, NULL, 10);
    }
    stride = stride ? stride : 1;
    waiting.recording = run.recording = recording =
        recording_load(argv[1], argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                       (unsigned)strtoul(argv[4], NULL, 10));
    if (only && strchr(only, ':'))
        return run_one(recording, only);
    survey = survey_of(recording);
    if (survey.problem[0]) {
        printf("the clean run: %s\n", survey.problem);
        return EXIT_FAILURE;
    }
    /* Begun first and looked at last: they wait, and the others have something to do. */
    if (!only || !strcmp(only, "hang"))
        start_special(&waiting, "hang", survey.jobs, stride);
    for (unsigned i = 0; i < survey.num_counts; i++) {
        const struct count *count = &survey.counts[i];
        const char *errors = NULL;

        for (size_t j = 0; j < sizeof(plausible) / sizeof(plausible[0]); j++)
            if (!strcmp(plausible[j].call, count->call))
                errors = plausible[j].errors;
        if (!errors && strcmp(count->call, "any") != 0) {
            printf("%s: nobody knows how it can fail\n", count->call);
            unknown++;
        }
        if (errors && (!only || !strcmp(only, count->call)))
            run_kind(&run, count, errors, stride);
    }
    if (!only || !strcmp(only, "decode"))
        run_special(&run, "decode", survey.jobs, stride);
    if (!only || !strcmp(only, "gone"))
        run_special(&run, "gone", survey.jobs, stride);
    if (!only || !strcmp(only, "hang"))
        end_kind(&waiting, "hang", survey.jobs, "from that job on");
    run.all_tried += waiting.all_tried;
    run.all_runs += waiting.all_runs;
    run.all_survived += waiting.all_survived;
    printf("total: %u calls, %u runs, %u survived\n", run.all_tried, run.all_runs,
           run.all_survived);
    recording_free(recording);
    return run.all_runs == run.all_survived && !unknown ? EXIT_SUCCESS : EXIT_FAILURE;
}
