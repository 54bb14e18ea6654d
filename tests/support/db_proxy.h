// Stands between a database client and a MariaDB or MySQL server on unix sockets, and lets the
// n-th statement fail: before the server has it, half sent, or done with its answer lost.
// Understands the frames of the protocol (3 bytes length, 1 byte number) and which packet is a
// command; no TLS, no compression. One thread owns all sockets.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/lifecycle.h"

namespace hy::test {

enum class Cut {
    before,        // the server never sees the statement
    partly,        // it gets half of it
    after,         // it has begun to answer; the client gets nothing
    deadlock,      // the server never sees it, the client gets error 1213
    lock_timeout,  // likewise 1205
};
const char* name_of(Cut cut);

// Which statements count.
enum class Counts {
    all,         // preparing them, and what a new connection begins with, too
    statements,  // those, but for a new connection's
    writes,      // what runs and changes or locks something, COMMIT included
};

class DbProxy {
public:
    DbProxy(std::string listen_path, std::string server_path);
    ~DbProxy();
    DbProxy(const DbProxy&) = delete;

    // The n-th statement from now on, counted over all connections from 1, meets `cut`. With
    // `stays_away` nobody gets through any more from then on, until heal().
    void arm(int64_t n, Cut cut, bool stays_away = false, Counts counts = Counts::all);
    void heal();
    int64_t seen() const;            // statements since arm()
    bool struck() const;             // whether the n-th came
    std::string struck_sql() const;  // its text, also of a prepared one
    const std::string& path() const { return path_; }

private:
    struct Pair {
        Fd client, server;
        std::string in;  // of the client, not yet a whole packet
        std::string preparing;
        std::map<uint32_t, std::string> prepared;
        bool doomed = false, over = false;
        std::string answer;  // of a statement whose client will not hear it
    };
    void work();
    void accept_one();
    void from_client(Pair& pair);
    void from_server(Pair& pair);
    void command(Pair& pair, std::string packet);
    std::string text_of(Pair& pair, const std::string& packet);

    const std::string path_, server_path_;
    Fd listener_, wake_;
    std::list<Pair> pairs_;  // the thread's alone
    mutable std::mutex mutex_;
    int64_t seen_ = 0, at_ = 0;
    Cut cut_ = Cut::before;
    Counts counts_ = Counts::all;
    bool stays_away_ = false, away_ = false, stop_ = false;
    std::string struck_;
    std::thread thread_;
};

}  // namespace hy::test
