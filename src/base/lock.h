/* SPDX-License-Identifier: MIT */
/*
 * Locks, and the attributes by which functions declare how they use them.
 *
 * clang checks the attributes (-Wthread-safety, an error in the lint suite): that the caller of a
 * function that REQUIRES a lock holds it, and that every lock that is acquired is released. It
 * identifies a lock by the expression that names it, so functions take the object that contains the
 * lock as a parameter and name the lock through it. It cannot check calls through function
 * pointers, or locks whose owner only the caller knows; the comments of such functions say which
 * lock they need.
 */
#ifndef LOCK_H
#define LOCK_H

#include <pthread.h>
#include <time.h>

#if defined(__clang__)
#define THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define THREAD_SAFETY(attribute)
#endif

/* The caller holds the lock before and after the call. The comment of the function says whether it
 * drops the lock in between. Functions that get only a slot, a capture or a surface cannot name the
 * lock; their header does. */
#define REQUIRES(...) THREAD_SAFETY(requires_capability(__VA_ARGS__))
/* The function acquires the lock for the caller, or releases it. */
#define ACQUIRE(...) THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define RELEASE(...) THREAD_SAFETY(release_capability(__VA_ARGS__))
/* The function acquires the lock for the caller if it returns VA_STATUS_SUCCESS. */
#define ACQUIRE_ON_SUCCESS(...) THREAD_SAFETY(try_acquire_capability(false, __VA_ARGS__))
/* The caller must not hold the lock. */
#define EXCLUDES(...) THREAD_SAFETY(locks_excluded(__VA_ARGS__))
/* Names the lock that guards a member: another member of the same struct. In C only a compiler that
 * parses attributes late can resolve that name (clang 14 cannot). */
#if defined(__clang__) && defined(LATE_PARSED_ATTRIBUTES)
#define GUARDED_BY(lock) THREAD_SAFETY(guarded_by(lock))
#else
#define GUARDED_BY(lock)
#endif
/* The function uses locks in a way that attributes cannot express. */
#define UNCHECKED_LOCKS THREAD_SAFETY(no_thread_safety_analysis)

struct THREAD_SAFETY(capability("lock")) lock {
    pthread_mutex_t mutex;
};

static inline void lock_init(struct lock *lock)
{
    pthread_mutex_init(&lock->mutex, NULL);
}

static inline void lock_destroy(struct lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
}

static inline void lock_acquire(struct lock *lock) ACQUIRE(lock) UNCHECKED_LOCKS
{
    pthread_mutex_lock(&lock->mutex);
}

static inline void lock_release(struct lock *lock) RELEASE(lock) UNCHECKED_LOCKS
{
    pthread_mutex_unlock(&lock->mutex);
}

/* Tells the analysis that the lock is held here, which it cannot see. */
static inline void lock_is_held(const struct lock *lock) THREAD_SAFETY(assert_capability(lock))
{
    (void)lock;
}

#endif
