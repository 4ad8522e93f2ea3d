curl "$TIMEBACK_API_URL/ims/oneroster/rostering/v1p2/enrollments?filter=user.sourcedId%3D%27$USER_ID%27" \
 -H "Authorization: Bearer $ACCESS_TOKEN"
