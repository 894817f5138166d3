/* Runs the callbacks of a client on the event loop of Qt. */
#include "job.h"

#include <boxd/adapters/qt.h>

#include <QCoreApplication>
#include <QTimer>

/* QCoreApplication::exec() returns only after quit(): an attached client has no influence. */
static void on_end(job *)
{
    QCoreApplication::quit();
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    job j = {};
    j.on_end = on_end;
    boxd_compute *client = job_open(&j);
    if (!client || boxd_qt_attach(client, &application, &j.error) != BOXD_OK)
        return job_failed(&j);
    job_start(&j);

    QTimer timer;
    QObject::connect(&timer, &QTimer::timeout, [&j] { job_tick(&j); });
    timer.start(50);

    QCoreApplication::exec();
    return job_finish(&j);
}
