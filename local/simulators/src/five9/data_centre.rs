//! Data centres and farms: where sessions live, and that they move.

use serde_json::{Value, json};

use super::config::MetadataForm;

const NAMES: [&str; 2] = ["Santa Clara, CA, USA", "Atlanta, GA, USA"];

/// One data centre.
#[derive(Clone, Debug)]
struct DataCentre {
    name: &'static str,
    /// `host:port` where it listens.
    own: String,
    /// `host:port` that metadata names; another one when something stands in between.
    advertised: String,
}

/// Both data centres of the tenant, and the farm that its sessions are on.
#[derive(Clone, Debug)]
pub(super) struct DataCentres {
    all: [DataCentre; 2],
    active: usize,
    farm_id: String,
}

impl DataCentres {
    /// `authorities` may be the same: then only the farm changes.
    pub(super) fn new(authorities: [String; 2], farm_id: String) -> Self {
        let [first, second] = authorities;
        let [first_name, second_name] = NAMES;
        let centre = |name, own: String| DataCentre { name, advertised: own.clone(), own };
        Self { all: [centre(first_name, first), centre(second_name, second)], active: 0, farm_id }
    }

    /// The other data centre and a new farm have the sessions from now on.
    pub(super) fn migrate(&mut self, farm_id: String) {
        self.active = 1 - self.active;
        self.farm_id = farm_id;
    }

    /// Metadata names `advertised` wherever it would name `own`.
    pub(super) fn advertise(&mut self, own: &str, advertised: &str) {
        for centre in self.all.iter_mut().filter(|it| it.own == own) {
            advertised.clone_into(&mut centre.advertised);
        }
    }

    pub(super) fn farm_id(&self) -> &str {
        &self.farm_id
    }

    /// Whether the data centre behind this `Host` has the sessions. A name that is none of ours belongs to whatever
    /// forwards to us.
    pub(super) fn is_active(&self, host: Option<&str>) -> bool {
        let Some(host) = host else {
            return true;
        };
        let answers = |it: &DataCentre| it.own == host || it.advertised == host;
        let foreign = !self.all.iter().any(answers);
        foreign || self.all.get(self.active).is_some_and(answers)
    }

    /// `{"dataCenters":[…]}`, wrapped or not.
    pub(super) fn metadata(&self, form: MetadataForm) -> Value {
        let described: Vec<Value> = self.all.iter().enumerate().map(|(n, it)| describe(it, n == self.active)).collect();
        let block = json!({ "dataCenters": described });
        match form {
            MetadataForm::Wrapped => json!({ "metadata": block }),
            MetadataForm::Bare => block,
        }
    }
}

fn describe(centre: &DataCentre, active: bool) -> Value {
    let (host, port) = centre.advertised.rsplit_once(':').unwrap_or((centre.advertised.as_str(), "443"));
    let urls = json!([{ "host": host, "port": port }]);
    json!({ "name": centre.name, "active": active, "uiUrls": urls, "apiUrls": urls, "loginUrls": urls })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn centres() -> DataCentres {
        DataCentres::new(["127.0.0.1:1".to_owned(), "127.0.0.1:2".to_owned()], "farm-1".to_owned())
    }

    #[test]
    fn only_the_active_data_centre_has_the_sessions() {
        let mut centres = centres();
        assert!(centres.is_active(Some("127.0.0.1:1")));
        assert!(!centres.is_active(Some("127.0.0.1:2")));
        centres.migrate("farm-2".to_owned());
        assert!(!centres.is_active(Some("127.0.0.1:1")));
        assert!(centres.is_active(Some("127.0.0.1:2")));
        assert_eq!(centres.farm_id(), "farm-2");
    }

    #[test]
    fn a_forwarder_can_be_named_in_place_of_a_listener() {
        let mut centres = centres();
        centres.advertise("127.0.0.1:1", "127.0.0.1:9");
        let metadata = centres.metadata(MetadataForm::Bare);
        assert_eq!(metadata["dataCenters"][0]["apiUrls"][0], json!({ "host": "127.0.0.1", "port": "9" }));
        assert!(centres.is_active(Some("127.0.0.1:9")) && centres.is_active(Some("127.0.0.1:1")));
    }
}
