/** `firstName`, `first_name`, `First-Name` and `first name` are one name. */
export function normaliseName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_.-]/g, '');
}

/** Names whose value is personal whatever it is. `name` alone is none: pages, products and features have names. */
const names: ReadonlySet<string> = new Set(
  [
    'email emailaddress mail useremail customeremail contactemail recoveryemail',
    'phone phonenumber telephone telephonenumber tel mobile mobilenumber mobilephone cell cellphone fax msisdn whatsapp',
    'firstname lastname middlename fullname surname givenname familyname maidenname nickname displayname personname',
    'username login loginname screenname customername contactname patientname studentname recipientname cardholder',
    'cardholdername accountholder nameoncard vorname nachname',
    'address addressline addressline1 addressline2 address1 address2 street streetaddress streetname housenumber',
    'postaladdress homeaddress billingaddress shippingaddress zip zipcode postalcode postcode',
    'latitude longitude',
    'iban bic bankaccount accountnumber sortcode routingnumber card cardnumber creditcard creditcardnumber debitcard pan',
    'cvv cvc cvv2 cardexpiry',
    'ssn socialsecuritynumber nationalid nationalidnumber nationalinsurancenumber passport passportnumber identitycard',
    'driverslicense driverlicense drivinglicence licensenumber taxid taxnumber vatid steuerid healthid insurancenumber',
    'policynumber medicalrecordnumber',
    'birthday birthdate dateofbirth dob birthyear placeofbirth birthplace gender sex ethnicity religion nationality',
    'avatar avatarurl photo photourl profilepicture profileimage picture signature',
    'ip ipaddress ipaddr clientip remoteaddress xforwardedfor macaddress',
    'userid customerid memberid patientid studentid employeeid personid contactid anonymousid previousid distinctid',
    'visitorid externalid crmid clientid',
    'deviceid advertisingid idfa idfv gaid aaid androidid imei imsi serialnumber pushtoken devicetoken',
    'password passwd pwd secret token accesstoken refreshtoken idtoken authtoken apikey authorization cookie otp pin',
  ].flatMap((line) => line.split(' ')),
);

export function isPersonalName(normalised: string): boolean {
  return names.has(normalised);
}

/** Dotted numbers under such a name are versions, never addresses. */
export function namesVersion(normalised: string): boolean {
  return normalised.endsWith('version') || normalised.endsWith('build') || normalised === 'useragent';
}
