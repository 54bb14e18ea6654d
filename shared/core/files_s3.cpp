// Uploads in an S3-compatible service, so that no host owns them. They come in through a file of this host, are sent when
// they are whole, and nginx gives them back from there by an address that is signed for a minute.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "auth/crypto.h"
#include "auth/signature_v4.h"
#include "base/encode.h"
#include "base/lifecycle.h"
#include "base/log.h"
#include "base/text.h"
#include "core/files.h"
#include "http/client.h"

namespace hy::files {

namespace {

// Longer than other calls on the request path: the largest upload has to fit through.
constexpr http::CallLimits kLimits{1000, 20000, 64 << 10, false, {}};
constexpr int64_t kLinkSeconds = 60;
constexpr size_t kNameLength = 32;

auth::Bucket bucket_of(const Config& config) {
    const auto& f = config.files;
    const size_t host = f.s3_url.find("://") + 3;
    auth::Bucket bucket{f.s3_url, "", f.s3_region, f.s3_key_id, read_secret_file(f.s3_secret_file)};
    if (f.s3_path_style) bucket.path = "/" + f.s3_bucket;
    else bucket.url = f.s3_url.substr(0, host) + f.s3_bucket + "." + f.s3_url.substr(host);
    return bucket;
}

class S3Store final : public Store {
public:
    S3Store(const Config& config, const Clock& clock) : config_(config), clock_(clock) {}

    std::unique_ptr<Incoming> begin() override;
    bool remove(const std::string& key) override {
        const int status = send("DELETE", key, auth::kEmptySha256, {}, "");
        return status / 100 == 2 || status == 404;
    }
    std::string internal_path(const std::string& key, const std::string& type,
                              const std::string& disposition) const override {
        return "/_s3/" + key + "?" +
               auth::signed_query(bucket_of(config_), key,
                                  {{"response-content-type", type}, {"response-content-disposition", disposition}},
                                  kLinkSeconds, clock_.now_ms() / 1000);
    }
    // The answer's status; 0 when there was none. The secret is read each time: a new one needs no restart.
    int send(const std::string& method, const std::string& key, const std::string& sum,
             std::map<std::string, std::string> headers, const std::string& body_file) const {
        const auth::Bucket bucket = bucket_of(config_);
        http::Outgoing request{method, bucket.url + bucket.path + "/" + key};
        for (auto& [name, value] :
             auth::signed_headers(bucket, method, key, sum, std::move(headers), clock_.now_ms() / 1000))
            if (name != "host") request.headers.emplace_back(name, value);
        request.body_file = body_file;
        std::string why;
        const auto answer = http::call(request, kLimits, &why);
        if (!answer) log::warn("the file store does not answer", {{"why", why}});
        else if (answer->status / 100 != 2)
            log::warn("the file store refused", {{"status", answer->status}, {"words", answer->body.substr(0, 300)}});
        return answer ? answer->status : 0;
    }
    const Config& config() const { return config_; }

private:
    const Config& config_;
    const Clock& clock_;
};

class S3Incoming final : public Store::Incoming {
public:
    explicit S3Incoming(S3Store& store)
        : store_(store),
          path_(store.config().files.path + "/tmp/" + random_text(kNameLength, kLowerDigits)),
          fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
        if (!fd_) throw Error(Fault::unavailable, "file.store", "", path_ + " cannot be written");
    }
    ~S3Incoming() override {
        ::unlink(path_.c_str());
        // No row speaks of it.
        if (!sent_.empty() && !kept_) store_.remove(sent_);
    }
    void write(const char* data, size_t size) override {
        sum_.add({data, size});
        while (size > 0) {
            const ssize_t n = ::write(fd_.get(), data, size);
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) throw Error(Fault::unavailable, "file.store", "", "the disk takes no more");
            data += n;
            size -= static_cast<size_t>(n);
        }
    }
    void prepare(const std::string& key, const std::string& mime) override {
        // Also where no answer came: it may have arrived.
        sent_ = key;
        const int status = store_.send("PUT", key, to_hex(sum_.digest()), {{"content-type", mime}}, path_);
        if (status / 100 != 2) throw Error(Fault::unavailable, "file.store", "", "PUT: " + std::to_string(status));
    }
    void keep(const std::string&) override { kept_ = true; }

private:
    S3Store& store_;
    std::string path_, sent_;
    Fd fd_;
    auth::Sha256 sum_;
    bool kept_ = false;
};

std::unique_ptr<Store::Incoming> S3Store::begin() {
    std::filesystem::create_directories(config_.files.path + "/tmp");
    return std::make_unique<S3Incoming>(*this);
}

}  // namespace

std::unique_ptr<Store> s3_store(const Config& config, const Clock& clock) {
    return std::make_unique<S3Store>(config, clock);
}

std::unique_ptr<Store> open_store(const Config& config, const Clock& clock) {
    return config.files.store == "s3" ? s3_store(config, clock) : local_store(config.files.path);
}

std::string s3_address(const Config& config) {
    const auto& f = config.files;
    const size_t host = f.s3_url.find("://") + 3;
    return f.s3_path_style ? f.s3_url + "/" + f.s3_bucket + "/"
                           : f.s3_url.substr(0, host) + f.s3_bucket + "." + f.s3_url.substr(host) + "/";
}

}  // namespace hy::files
