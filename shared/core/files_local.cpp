// Uploads on this host's own disk.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/lifecycle.h"
#include "base/text.h"
#include "core/files.h"

namespace hy::files {

namespace {

constexpr size_t kNameLength = 32;

void check(bool fine, const char* what) {
    if (!fine) throw std::system_error(errno, std::generic_category(), what);
}

// Files lie in 1,296 folders by the first two characters of their keys; what is still coming
// in lies in tmp/ and is renamed when it is whole and on disk.
class LocalStore final : public Store {
public:
    explicit LocalStore(std::string folder) : folder_(std::move(folder)) {}
    // Made by who writes: most programs have a store that they never touch, and may not.
    std::unique_ptr<Incoming> begin() override {
        std::filesystem::create_directories(folder_ + "/tmp");
        return std::make_unique<LocalIncoming>(*this);
    }
    bool remove(const std::string& key) override {
        std::error_code fault;
        std::filesystem::remove(path(key), fault);
        return !fault;
    }
    // The handler's own headers say what it is.
    std::string internal_path(const std::string& key, const std::string&, const std::string&) const override {
        return "/_files/" + key.substr(0, 2) + "/" + key;
    }

private:
    std::string path(const std::string& key) const { return folder_ + "/" + key.substr(0, 2) + "/" + key; }

    class LocalIncoming final : public Incoming {
    public:
        explicit LocalIncoming(LocalStore& store)
            : store_(store),
              path_(store.folder_ + "/tmp/" + random_text(kNameLength, kLowerDigits)),
              fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)) {
            check(static_cast<bool>(fd_), "upload");
        }
        ~LocalIncoming() override {
            if (!kept_) ::unlink(path_.c_str());
        }
        void write(const char* data, size_t size) override {
            while (size > 0) {
                const ssize_t n = ::write(fd_.get(), data, size);
                if (n < 0 && errno == EINTR) continue;
                check(n > 0, "upload");
                data += n;
                size -= static_cast<size_t>(n);
            }
        }
        void prepare(const std::string&, const std::string&) override {}
        void keep(const std::string& key) override {
            check(::fdatasync(fd_.get()) == 0, "upload");
            const std::string target = store_.path(key);
            std::filesystem::create_directories(std::filesystem::path(target).parent_path());
            check(::rename(path_.c_str(), target.c_str()) == 0, "upload");
            kept_ = true;
            const Fd folder(
                ::open(std::filesystem::path(target).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            check(folder && ::fsync(folder.get()) == 0, "upload");
        }

    private:
        LocalStore& store_;
        std::string path_;
        Fd fd_;
        bool kept_ = false;
    };

    std::string folder_;
};

}  // namespace

std::unique_ptr<Store> local_store(const std::string& folder) { return std::make_unique<LocalStore>(folder); }

}  // namespace hy::files
